import { expect, test } from 'vitest';
import { french } from './typography';

test('a question mark never begins a line', () => {
  expect(french('Qui peut aider ?')).toBe('Qui peut aider\u202f?');
});

test('guillemets hold their words', () => {
  expect(french('« Bonjour »')).toBe('«\u00a0Bonjour\u00a0»');
});

test('a number keeps its unit, and only its unit', () => {
  expect(french('à 350 m, 3 smiles')).toBe('à 350\u00a0m, 3\u00a0smiles');
  expect(french('3 mois')).toBe('3 mois');
});
