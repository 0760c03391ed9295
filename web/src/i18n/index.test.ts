import { afterEach, expect, test } from 'vitest';
import { away, ago, distance, smiles } from './format';
import { language, preferredLocale, t } from './index.svelte';

afterEach(() => language.use('fr'));

test('French counts 0 and 1 as one, English counts 0 as many', async () => {
  expect(t('list.count_mile', { count: 0 })).toBe('0 annonce à moins d’un mile');

  await language.use('en');

  expect(t('list.count_mile', { count: 0 })).toBe('0 listings within a mile');
});

test('French elides before a name that begins with a vowel', async () => {
  const said = (other: string) => t('exchange.step_report_you', { other });

  expect(said('Ana')).toBe('Vous avez signalé l’absence d’Ana');
  expect(said('Élodie')).toBe('Vous avez signalé l’absence d’Élodie');
  expect(said('Yves')).toBe('Vous avez signalé l’absence d’Yves');
  expect(said('Yann')).toBe('Vous avez signalé l’absence de Yann');
  expect(said('Bo')).toBe('Vous avez signalé l’absence de Bo');

  await language.use('en');

  expect(said('Ana')).toContain('Ana');
});

test('the last language asked for wins', async () => {
  await Promise.all([language.use('en'), language.use('fr')]);

  expect(t('common.close')).toBe('Fermer');
});

test('distances are said as one says them', () => {
  expect(distance(347)).toBe('350\u202fm');
  expect(distance(4)).toBe('10\u202fm');
  expect(distance(1210)).toBe('1,2\u202fkm');
  expect(away(18_400)).toBe('à 18\u202fkm');
});

test('no smile is said in words', () => {
  expect(smiles(0)).toBe('Sans smile');
  expect(smiles(1)).toBe('1\u00a0smile');
});

test('moments are told from now', () => {
  // Local moments: what day one was is told by the clock of the reader's device, whichever it is.
  const at = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();
  const now = new Date(2026, 10, 23, 12).getTime();

  expect(ago(at(2026, 10, 23, 11, 59, 50), now)).toBe('à l’instant');
  expect(ago(at(2026, 10, 23, 11, 55, 0), now)).toContain('5');
  expect(ago(at(2026, 2, 12, 12, 0, 0), now)).toBe('12 mars');
});

test('a reader of neither language reads French', () => {
  expect(preferredLocale(['de-CH', 'it'])).toBe('fr');
  expect(preferredLocale(['de-CH', 'en-GB'])).toBe('en');
});
