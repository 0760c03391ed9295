/** The two sides of the open books: what made smiles, and where they are. Both are the same number. */
import type { Books } from '../api/types';

export const FROM = ['grant', 'referral', 'purchase', 'debts'] as const;
export const WHERE = ['members', 'held', 'projects', 'community'] as const;
export type Part = (typeof FROM)[number] | (typeof WHERE)[number];

export interface Share {
  part: Part;
  smiles: number;
}

/** Both sides of `books`, and the greater sum of them: the length of the bars. */
export function sides(books: Books): { from: Share[]; where: Share[]; total: number } {
  const made = { ...books.minted, debts: books.debts };
  const from = FROM.map((part) => ({ part, smiles: made[part] }));
  const where = WHERE.map((part) => ({ part, smiles: books[part] }));
  return { from, where, total: Math.max(sum(from), sum(where)) };
}

const sum = (shares: readonly Share[]) => shares.reduce((all, one) => all + one.smiles, 0);
