import { expect, test } from 'vitest';
import type { Books } from '../api/types';
import { sides } from './books';

const BOOKS: Books = {
  at: '2026-11-25T10:00:00Z',
  minted: { grant: 100, referral: 5, purchase: 20 },
  debts: 3,
  members: 110,
  held: 12,
  projects: 0,
  community: 6,
  accounts: 40,
  transfers: 60,
  balanced: true,
};

test('both sides of books that balance are as long as the total', () => {
  const { from, where, total } = sides(BOOKS);
  const sum = (side: typeof from) => side.reduce((all, one) => all + one.smiles, 0);

  expect([sum(from), sum(where), total]).toEqual([128, 128, 128]);
});

test('books that do not balance are seen not to: one bar is shorter', () => {
  expect(sides({ ...BOOKS, held: 2 }).total).toBe(128);
  expect(sides({ ...BOOKS, held: 22 }).total).toBe(138);
});
