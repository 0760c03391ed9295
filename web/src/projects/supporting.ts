/**
 * Supporting a project exactly once, however often it is tried: what is being written, its checks, and the
 * amounts that one may choose.
 */
import type { GiftDraft, PledgeDraft } from '../api/types';
import { attemptOf, type Attempt } from '../forms/attempt';
import { lengthOf } from '../forms/faults.svelte';
import { t } from '../i18n/index.svelte';
import { newId } from '../live/ids';

export const USUAL_EUROS = [10, 20, 50] as const;
export const MOST_EUROS = 100_000;
export const MOST_SMILES = 100_000;
export const LONGEST_WORDS = 300;

/** A pledge or a gift being written. `amount` is in whole euros or smiles, null while it is none. */
export interface Drafted {
  id: string;
  amount: number | null;
  public: boolean;
  words: string;
  attempt: Attempt | null;
}

export const FIELDS = ['amount', 'public', 'words'] as const;
export type Field = (typeof FIELDS)[number];

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Nothing written yet. */
export function blank(): Drafted {
  return { id: newId(), amount: null, public: true, words: '', attempt: null };
}

/** What was kept of one, field by field, else a blank one. */
export function begun(kept: unknown): Drafted {
  const found = (kept ?? {}) as Partial<Record<keyof Drafted, unknown>>;
  if (typeof found.id !== 'string' || !ID.test(found.id)) return blank();
  return {
    id: found.id,
    amount: typeof found.amount === 'number' ? found.amount : null,
    public: found.public !== false,
    words: typeof found.words === 'string' ? found.words : '',
    attempt: attemptOf(found.attempt),
  };
}

/** Whether something was written or chosen: one smile is what a gift begins with. */
export function isBegun({ amount, words, public: named }: Drafted): boolean {
  return (amount ?? 1) !== 1 || words.trim() !== '' || !named;
}

/** What is wrong with a pledge. */
export function pledgeFaults({ amount, words }: Drafted): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {};
  if (!isWhole(amount, MOST_EUROS)) found.amount = t('projects.check_amount');
  if (lengthOf(words) > LONGEST_WORDS) found.words = t('projects.check_words', { count: LONGEST_WORDS });
  return found;
}

/** What is wrong with a gift of somebody who has `balance` smiles; null: nobody knows how many. */
export function giftFaults({ amount }: Drafted, balance: number | null): Partial<Record<Field, string>> {
  if (!isWhole(amount, MOST_SMILES)) return { amount: t('projects.check_smiles') };
  if (balance !== null && amount > balance)
    return { amount: t('projects.check_balance', { count: balance }) };
  return {};
}

/** What the server is told of a pledge; the form is right. */
export function pledgeOf({ id, amount, public: named, words }: Drafted): PledgeDraft {
  return { id, cents: (amount ?? 0) * 100, public: named, words: words.trim() };
}

/** What the server is told of a gift; the form is right. */
export function giftOf({ id, amount, public: named }: Drafted): GiftDraft {
  return { id, smiles: amount ?? 0, public: named };
}

function isWhole(amount: number | null, most: number): amount is number {
  return amount !== null && Number.isInteger(amount) && amount >= 1 && amount <= most;
}
