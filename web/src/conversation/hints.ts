/** What stands in the field below a conversation before one writes, and in the quiet line above it. */
import { t } from '../i18n/index.svelte';
import type { Listing } from '../protocol';
import { site } from '../state/config';

export function placeholderOf(kind: 'thread' | 'dialog', listing: Listing, other: string): string {
  if (kind === 'dialog') return t('conversation.write_dialog', { name: other });
  return t(listing.kind === 'mag' ? 'conversation.write_comment' : 'conversation.write_thread');
}

export interface Circumstances {
  /** The other one has left 1Mile. */
  left: boolean;
  /** How many of one's own messages wait for the line. */
  waiting: number;
  /** Something is typed, and sending it asks to sign in first. */
  willSignIn: boolean;
}

export function noticeOf(kind: 'thread' | 'dialog', { left, waiting, willSignIn }: Circumstances): string {
  if (left) return t('conversation.left_for_good', { site: site().name });
  if (waiting > 0) return t('conversation.queue', { count: waiting });
  if (willSignIn) return t('conversation.will_sign_in');
  return t(kind === 'thread' ? 'conversation.thread_hint' : 'conversation.dialog_hint');
}
