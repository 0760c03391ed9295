/** Which of the two conversations under a listing is shown first, and which were looked at last. */
import { keep, recall } from '../state/stored';

export type Tab = 'thread' | 'dialog';

interface Situation {
  own: boolean;
  /** The conversation one asked for, if any. */
  wanted: string | null;
  thread: string;
  /** The reader's own dialog with the author. */
  dialog: string | null;
  threadUnread: number;
  dialogUnread: number;
}

/** The tab to begin with: what was asked for, what has news, or where one has been writing. */
export function firstTab(situation: Situation): Tab {
  const { own, wanted, thread, dialog, threadUnread, dialogUnread } = situation;
  if (wanted !== null) return wanted === thread ? 'thread' : 'dialog';
  if (dialogUnread > 0) return 'dialog';
  if (threadUnread > 0) return 'thread';
  return !own && dialog !== null ? 'dialog' : 'thread';
}

/** The tab looked at last under `listing`, in this browser tab: it survives signing in by a reload. */
export function lastTab(listing: string): Tab | null {
  const tab = recall(`tab.${listing}`, sessionStorage);
  return tab === 'thread' || tab === 'dialog' ? tab : null;
}

/** Remember `tab` for `listing`. */
export function keepTab(listing: string, tab: Tab): void {
  keep(`tab.${listing}`, tab, sessionStorage);
}

/** The dialog that the author of `listing` had open last, in this browser tab: one comes back to it. */
export function lastDialog(listing: string): string | null {
  const dialog = recall(`dialog.${listing}`, sessionStorage);
  return typeof dialog === 'string' ? dialog : null;
}

/** Remember the open `dialog` under `listing`; null for none. */
export function keepDialog(listing: string, dialog: string | null): void {
  keep(`dialog.${listing}`, dialog, sessionStorage);
}
