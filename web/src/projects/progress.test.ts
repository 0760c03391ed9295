import { beforeEach, describe, expect, test } from 'vitest';
import { language } from '../i18n/index.svelte';
import type { Progress } from '../protocol';
import { barsOf, isOpen, lackingOf, lackingText, timeLeft } from './progress';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const GARDEN: Progress = {
  outcome: 'open',
  reach: 'local',
  closes_at: '2026-12-11T20:00:00Z',
  target_cents: 50_000,
  promised_cents: 12_000,
  received_cents: 4000,
  target_smiles: 200,
  given_smiles: 150,
  released: false,
  tasks: 3,
  tasks_done: 1,
  supporters: 4,
};
/** With ordinary spaces, so that a test reads like the page. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

beforeEach(() => language.use('fr'));

describe('the bars of a project', () => {
  test('say how much of each thing there is, and of money how much has come', () => {
    expect(barsOf(GARDEN).map((bar) => plain(bar.text))).toEqual([
      '120 € promis sur 500 €, dont 40 € reçus',
      '150 smiles donnés sur 200',
      '1 tâche faite sur 3',
    ]);
    expect(barsOf(GARDEN).map(({ done, sure }) => [done, sure])).toEqual([
      [0.24, 0.08],
      [0.75, 0.75],
      [1 / 3, 1 / 3],
    ]);
  });

  test('are there only for what is wanted', () => {
    expect(barsOf({ ...GARDEN, target_cents: null, tasks: 0, tasks_done: 0 }).map(({ way }) => way)).toEqual([
      'smiles',
    ]);
  });

  test('show more than was wanted as such, and are full', () => {
    const [euros] = barsOf({ ...GARDEN, promised_cents: 62_050, received_cents: 0 });

    expect(plain(euros?.text ?? '')).toBe('620,50 € sur 500 €');
    expect([euros?.done, euros?.reached]).toEqual([1, true]);
  });

  test('write large amounts as the language does', async () => {
    const large = { ...GARDEN, target_cents: 123_450_00, promised_cents: 1_234_50, received_cents: 0 };
    expect(plain(barsOf(large)[0]?.text ?? '')).toBe('1 234,50 € promis sur 123 450 €');

    await language.use('en');

    expect(barsOf(large)[0]?.text).toBe('€1,234.50 pledged of €123,450');
  });
});

describe('what is still needed', () => {
  test('is said in one sentence', () => {
    expect(plain(lackingText(GARDEN))).toBe(
      'Il manque encore 380 €, 50 smiles et un coup de main pour 2 tâches.',
    );
    expect(plain(lackingText({ ...GARDEN, promised_cents: 50_000, tasks: 0 }))).toBe(
      'Il manque encore 50 smiles.',
    );
  });

  test('is nothing once there is as much as was wanted, or more', () => {
    const full = { ...GARDEN, promised_cents: 60_000, given_smiles: 230, tasks_done: 3 };

    expect(lackingOf(full)).toEqual({ cents: 0, smiles: 0, tasks: 0 });
    expect(plain(lackingText(full))).toBe('Tout ce qui était demandé est là. Merci !');
  });

  test('is not spoken of where nothing is wanted yet', () => {
    expect(lackingText({ ...GARDEN, target_cents: null, target_smiles: null, tasks: 0 })).toBe('');
  });
});

describe('the time that is left', () => {
  test('is told in days, then in hours, then as short', () => {
    const closing = (closes_at: string) => plain(timeLeft({ ...GARDEN, closes_at }, NOW));

    expect(timeLeft(GARDEN, NOW)).toBe('encore 12 jours');
    expect(closing('2026-11-30T13:00:00Z')).toBe('encore 1 jour');
    expect(closing('2026-11-29T17:30:00Z')).toBe('encore 5 heures');
    expect(closing('2026-11-29T12:10:00Z')).toBe('encore quelques minutes');
    expect(closing('2026-11-29T11:00:00Z')).toBe('terminé');
  });

  test('is over with the project, though the day has not come', () => {
    expect(timeLeft({ ...GARDEN, outcome: 'closed' }, NOW)).toBe('terminé');
    expect(timeLeft({ ...GARDEN, outcome: 'cancelled' }, NOW)).toBe('annulé');
    expect(isOpen({ ...GARDEN, outcome: 'cancelled' }, NOW)).toBe(false);
  });
});
