/** The last words of a conversation, as one line of an inbox says them. */
import { stepWords } from '../exchange/words';
import { t } from '../i18n/index.svelte';
import type { Conversation } from '../protocol';

/** One line: who wrote last (where that is not plain from the row) and what. '' where nobody wrote yet. */
export function lastWords(conversation: Conversation, me: string | null): string {
  const { last } = conversation;
  if (!last) return '';
  if (last.card) return stepWords(last.card, me);
  const mine = last.author.id === me;
  if (last.state === 'hidden') return t('conversation.hidden');
  if (last.state === 'deleted') return mine ? t('conversation.deleted_own') : t('conversation.deleted');
  const text = (last.text ?? '').replace(/\s+/g, ' ');
  if (mine) return t('conversation.last_own', { text });
  return conversation.kind === 'dialog' ? text : t('conversation.last_by', { name: last.author.name, text });
}
