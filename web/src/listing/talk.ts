/** What the shell is asked to show under a listing: the listing's panel knows no conversation itself. */
import type { Listing, Person } from '../protocol';

export interface TalkParams {
  /** Null: the reader's dialog with the author, which their first message will make. */
  id: string | null;
  kind: 'thread' | 'dialog';
  listing: Listing;
  /** The other one of a dialog. */
  other: Person | null;
  /** How much of it is new on arriving. */
  unread: number;
}
