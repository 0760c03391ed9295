import { expect, test } from 'vitest';
import { reasonText, shownAmount } from './reason';

test('the one who gives sees how many were given, though they were set aside before', () => {
  const line = { reason: 'release', amount: 0, held: -5, gift: false } as const;

  expect(reasonText(line)).toBe('Donnés en merci');
  expect(shownAmount(line)).toBe(-5);
});

test('the one who helped sees how many came', () => {
  const line = { reason: 'release', amount: 5, held: 0, gift: false } as const;

  expect(reasonText(line)).toBe('Reçus en merci');
  expect(shownAmount(line)).toBe(5);
});

test('what is given to a project is told from what passes in an exchange', () => {
  expect(reasonText({ reason: 'hold', amount: -5, held: 5, gift: true })).toBe('Réservés pour un projet');
  expect(reasonText({ reason: 'hold', amount: -5, held: 5, gift: false })).toBe('Réservés pour un échange');
  expect(reasonText({ reason: 'release', amount: 0, held: -5, gift: true })).toBe('Donnés à un projet');
  expect(reasonText({ reason: 'release', amount: 5, held: 0, gift: true })).toBe('Reçus pour un projet');
  expect(reasonText({ reason: 'return', amount: 5, held: -5, gift: true })).toBe('Rendus par un projet');
  expect(reasonText({ reason: 'correct', amount: 5, held: 0, gift: true })).toBe('Correction d’une erreur');
});

test('what is set aside is taken from what one can spend', () => {
  expect(shownAmount({ reason: 'hold', amount: -5, held: 5 })).toBe(-5);
});
