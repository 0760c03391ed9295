/** What the reader of a conversation can do to one message of it. */
import type { Entry } from './entry';

export interface MessageActs {
  /** One's own stored message: null where writing is not allowed. */
  edit: ((entry: Entry) => void) | null;
  remove: ((entry: Entry) => void) | null;
  /** One's own message that did not go out. */
  retry: (entry: Entry) => void;
  discard: (entry: Entry) => void;
}

/** What a moderator can do to a message of others: the conversation only shows it in its menu. */
export interface ModerationAct {
  label: (entry: Entry) => string;
  run: (entry: Entry) => void;
}
