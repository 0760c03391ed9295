import { afterEach, expect, test, vi } from 'vitest';
import { language } from '../i18n/index.svelte';
import { ANA, BO, exchange } from '../live/fakes';
import { EXCHANGE_STEP, type Card, type ExchangeState, type Person } from '../protocol';
import { dueWords, helping, nextWords, smilesWords, stepWords } from './words';

/** Local moments: what day it is, is told by the clock of the reader's device, whichever it is. */
const onDay = (day: number, month = 10) => new Date(2026, month, day, 10).toISOString();
const JOSIANE: Person = { id: 'josiane', name: 'Josiane', kind: 'individual' };

afterEach(() => {
  vi.useRealTimers();
  return language.use('fr');
});

function card(step: Card['step'], by: Person | null, change: Parameters<typeof exchange>[0] = {}): Card {
  return { step, by, words: null, exchange: exchange(change) };
}

test('who helps whom is said to each of the two, and to others by name', () => {
  expect(helping(exchange({}), BO.id)).toBe('Vous aidez Ana');
  expect(helping(exchange({}), ANA.id)).toBe('Bo vous aide');
  expect(helping(exchange({}), JOSIANE.id)).toBe('Bo aide Ana');
});

test('a step says who did it, and whose absence was reported', () => {
  expect(stepWords(card('propose', BO), ANA.id)).toBe('Bo a proposé un échange');
  expect(stepWords(card('propose', BO), BO.id)).toBe('Vous avez proposé un échange');
  expect(stepWords(card('report', ANA), BO.id)).toBe('Ana a signalé votre absence');
  expect(stepWords(card('report', ANA), ANA.id)).toBe('Vous avez signalé l’absence de Bo');
  expect(stepWords(card('report', ANA), JOSIANE.id)).toBe('Ana a signalé l’absence de Bo');
  expect(stepWords(card('report', BO), ANA.id)).toBe('Bo n’a pas pu venir');
  expect(stepWords(card('settle', JOSIANE), ANA.id)).toBe('Josiane (modération) a tranché le litige');
});

test('what was only proposed is withdrawn or expires; what was agreed is called off', () => {
  const proposal = { proposed_by: BO.id, to_helper: null };
  expect(stepWords(card('cancel', BO, { ...proposal, state: 'cancelled' }), BO.id)).toBe(
    'Vous avez retiré la proposition',
  );
  expect(stepWords(card('cancel', BO, { ...proposal, state: 'cancelled' }), ANA.id)).toBe(
    'Bo a retiré la proposition',
  );
  // Who leaves 1Mile ends what they were asked, too.
  expect(stepWords(card('cancel', ANA, { ...proposal, state: 'cancelled' }), BO.id)).toBe(
    'Ana a annulé l’échange',
  );
  expect(stepWords(card('cancel', BO, { state: 'cancelled', to_helper: 0 }), ANA.id)).toBe(
    'Bo a annulé l’échange',
  );
  expect(stepWords(card('expire', null, { ...proposal, state: 'expired' }), ANA.id)).toBe(
    'Sans réponse, la proposition a expiré',
  );
  expect(stepWords(card('expire', null, { state: 'expired', to_helper: 0 }), ANA.id)).toBe(
    'Sans suite, l’échange a expiré',
  );
});

test('what ended because one of the two has left says so, and not that nobody answered', () => {
  const left = { ...ANA, name: 'Ancien membre' };
  const change = { beneficiary: left, to_helper: 3 };
  expect(stepWords(card('release', left, change), BO.id)).toBe(
    'Confirmé\u00a0: Ancien membre a quitté 1Mile',
  );
  expect(stepWords(card('return', left, change), BO.id)).toBe(
    'Absence retenue\u00a0: Ancien membre a quitté 1Mile',
  );
  expect(stepWords(card('settle', left, change), BO.id)).toBe(
    'Litige clos\u00a0: Ancien membre a quitté 1Mile',
  );
  // What the clock does was not answered.
  expect(stepWords(card('release', null, change), BO.id)).toBe('Sans réponse, l’échange est confirmé');
  expect(stepWords(card('return', null, change), BO.id)).toBe('Sans réponse, l’absence est retenue');
});

test('every step has words in both languages, of whoever and of nobody', async () => {
  for (const locale of ['fr', 'en'] as const) {
    await language.use(locale);
    for (const step of EXCHANGE_STEP)
      for (const by of [ANA, BO, null])
        for (const me of [ANA.id, BO.id, null])
          expect(stepWords(card(step, by), me)).not.toMatch(/^$|exchange\.|[{}]/);
  }
});

test('a step says what became of the smiles, and nothing where nothing did', () => {
  expect(smilesWords(card('accept', ANA, { state: 'accepted' }), BO.id)).toBe('3\u00a0smiles réservés');
  expect(smilesWords(card('confirm', ANA, { state: 'confirmed', to_helper: 3 }), BO.id)).toBe(
    '3\u00a0smiles pour vous',
  );
  expect(smilesWords(card('settle', JOSIANE, { state: 'settled', to_helper: 1 }), ANA.id)).toBe(
    '1\u00a0smile pour Bo, 2\u00a0smiles vous reviennent',
  );
  expect(smilesWords(card('return', null, { state: 'returned', to_helper: 0 }), BO.id)).toBe(
    '3\u00a0smiles reviennent à Ana',
  );
  for (const [step, state] of [
    ['cancel', 'cancelled'],
    ['expire', 'expired'],
  ] as const) {
    expect(smilesWords(card(step, BO, { state, to_helper: 0 }), ANA.id)).toBe(
      '3\u00a0smiles vous reviennent',
    );
    // Of a proposal nothing was held.
    expect(smilesWords(card(step, BO, { state, to_helper: null }), ANA.id)).toBe('');
  }
  expect(smilesWords(card('propose', BO), ANA.id)).toBe('');
  expect(smilesWords(card('confirm', ANA, { state: 'confirmed', smiles: 0, to_helper: 0 }), BO.id)).toBe('');
});

test('what happens next says until when, by the day and in how long', () => {
  vi.useFakeTimers({ now: new Date(2026, 10, 25, 10) });

  const words = nextWords(exchange({ due_at: onDay(9, 11) }), ANA.id);

  expect(words).toContain('mercredi 9 décembre à');
  expect(words).toContain('(dans 14 jours)');
});

test('as long as something is under way both are told what happens next, in both languages', async () => {
  const states: ExchangeState[] = ['proposed', 'accepted', 'done', 'missed', 'disputed'];
  for (const locale of ['fr', 'en'] as const) {
    await language.use(locale);
    for (const state of states)
      for (const smiles of [0, 3])
        for (const me of [ANA.id, BO.id]) {
          const words = nextWords(exchange({ state, smiles }), me);
          expect(words).not.toMatch(/^$|exchange\.|[{}]/);
          if (smiles === 0) expect(words).not.toContain('smiles');
        }
  }
});

test('in one line: when the two meet, or what the clock does and in how long', () => {
  const now = new Date(2026, 10, 25, 10).getTime();
  const [due_at, agreed_for] = [onDay(2, 11), onDay(28)];
  const said = (change: Parameters<typeof exchange>[0]) => dueWords(exchange({ due_at, ...change }), now);

  expect(said({ state: 'proposed', due: 'expire' })).toBe('Expire dans 7 jours');
  expect(said({ state: 'accepted', due: 'expire', agreed_for })).toContain('samedi 28 novembre à');
  expect(said({ state: 'accepted', due: 'expire', agreed_for: onDay(24) })).toBe('Expire dans 7 jours');
  expect(said({ state: 'done', due: 'release' })).toBe('Sans réponse, confirmé dans 7 jours');
  expect(said({ state: 'missed', due: 'return' })).toBe('Sans réponse, absence retenue dans 7 jours');
  expect(said({ state: 'disputed', due: null, due_at: null })).toBe('');
});

test('whose absence was reported is told with what becomes of the smiles', () => {
  expect(nextWords(exchange({ state: 'missed' }), BO.id)).toContain('les smiles reviendront à Ana');
  expect(nextWords(exchange({ state: 'missed' }), ANA.id)).toContain('les smiles vous reviendront');
});

test('once it is over nothing happens next', () => {
  expect(nextWords(exchange({ state: 'confirmed', due: null, due_at: null }), ANA.id)).toBe('');
});
