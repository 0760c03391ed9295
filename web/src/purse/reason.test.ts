import { expect, test } from 'vitest';
import { reasonText, shownAmount } from './reason';

test('the one who gives sees how many were given, though they were set aside before', () => {
  const line = { reason: 'release', amount: 0, held: -5 } as const;

  expect(reasonText(line)).toBe('Donnés en merci');
  expect(shownAmount(line)).toBe(-5);
});

test('the one who helped sees how many came', () => {
  const line = { reason: 'release', amount: 5, held: 0 } as const;

  expect(reasonText(line)).toBe('Reçus en merci');
  expect(shownAmount(line)).toBe(5);
});

test('what is set aside is taken from what one can spend', () => {
  expect(shownAmount({ reason: 'hold', amount: -5, held: 5 })).toBe(-5);
});
