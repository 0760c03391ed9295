/**
 * The rules of the composer's keys and of its length, apart from the field that obeys them.
 */
export const MESSAGE_MAX = 4000;
/** From here on, the composer shows how many characters are left. */
export const COUNT_FROM = 3600;

/** What a key means in the composer, or null if it just types. */
export type Meaning = 'send' | 'edit-last' | 'leave' | null;

export interface Key {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** True while an input method composes a character: its Enter ends the word, not the message. */
  isComposing: boolean;
}

/** What `key` means; with `enterSends` off, Ctrl or Cmd with Enter sends. */
export function meaning(key: Key, empty: boolean, enterSends: boolean): Meaning {
  if (key.isComposing) return null;
  if (key.key === 'Escape') return 'leave';
  if (key.key === 'ArrowUp') return empty && !key.shiftKey && !key.altKey ? 'edit-last' : null;
  if (key.key !== 'Enter' || key.shiftKey || key.altKey) return null;
  return enterSends || key.ctrlKey || key.metaKey ? 'send' : null;
}

/** How many characters the server will count: it trims and normalises, and counts code points. */
export function lengthOf(text: string): number {
  return [...text.trim().normalize('NFC')].length;
}

/** Whether `text` can be sent as it is. */
export function sendable(text: string): boolean {
  const length = lengthOf(text);
  return length > 0 && length <= MESSAGE_MAX;
}
