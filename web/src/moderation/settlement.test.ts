import { expect, test } from 'vitest';
import { exchange } from '../live/fakes';
import { isShare, shareWords } from './settlement';

const held = exchange({ state: 'disputed', smiles: 4 });

test('none to all of what is held may pass, in whole smiles', () => {
  expect([0, 1, 4].every((count) => isShare(count, held))).toBe(true);
  expect([null, -1, 5, 1.5].some((count) => isShare(count, held))).toBe(false);
});

test('what passes and what goes back is said by name, and what is nothing is not said', () => {
  expect(shareWords(3, held)).toBe('3\u00a0smiles pour Bo, 1\u00a0smile revient à Ana');
  expect(shareWords(0, held)).toBe('4\u00a0smiles reviennent à Ana');
  expect(shareWords(4, held)).toBe('4\u00a0smiles pour Bo');
  expect(shareWords(0, exchange({ smiles: 0 }))).toBe('');
});
