/** What a screen reader is told when messages come: one by its words, several by their number. */
import { stepWords } from '../exchange/words';
import { t } from '../i18n/index.svelte';
import type { Entry } from './entry';

/** Longer messages are cut: who wants the rest reads it in the list. */
const SPOKEN_MAX = 240;

/** The sentence for `fresh` messages of others to `me`, or null if there is nothing to say. */
export function announcement(fresh: readonly Entry[], me: string | null): string | null {
  const [one, ...more] = fresh;
  if (!one) return null;
  if (more.length > 0) return t('conversation.announced_many', { count: fresh.length });
  if (one.card) return withWords(stepWords(one.card, me), one.card.words);
  const letters = [...(one.text ?? '')];
  const text = letters.length > SPOKEN_MAX ? `${letters.slice(0, SPOKEN_MAX).join('')}…` : letters.join('');
  return t('conversation.announced', { name: one.author.name, text });
}

const withWords = (step: string, words: string | null) =>
  words === null ? step : t('exchange.said', { step, words });
