/**
 * One line of a conversation as the screen shows it: a message stored by the server, or one on its way.
 * The stores know how messages come and go; what draws them knows only this.
 */
import type { Card, Message, MessageState, Person } from '../protocol';

/** Where one's own message is: kept for later, on its way, refused or lost, stored, read by the other. */
export type Delivery = 'waiting' | 'sending' | 'failed' | 'sent' | 'read';

export interface Entry {
  id: string;
  /** Null while the server has not given the message its place. */
  seq: number | null;
  author: Person;
  text: string | null;
  /** A step of an exchange instead of a text. */
  card: Card | null;
  /** News of the project whose thread this is, told by those behind it. */
  update?: boolean;
  state: MessageState;
  /** ISO 8601. */
  createdAt: string;
  editedAt: string | null;
  mine: boolean;
  /** Null for what others wrote. */
  delivery: Delivery | null;
  /** Why it failed, in the reader's language. */
  reason?: string;
}

/**
 * `entry` with `person` as they are called now: who has left 1Mile has another name than when they wrote, and
 * only what they said last is told anew.
 */
export function withPerson(entry: Entry, person: Person): Entry {
  const named = (one: Person) => (one.id === person.id ? person : one);
  const { card } = entry;
  return {
    ...entry,
    author: named(entry.author),
    card: card && {
      ...card,
      by: card.by && named(card.by),
      exchange: {
        ...card.exchange,
        helper: named(card.exchange.helper),
        beneficiary: named(card.exchange.beneficiary),
      },
    },
  };
}

/** A message on its way, as the stores keep it. */
export interface Unsent {
  id: string;
  text: string;
  /** ISO 8601. */
  createdAt: string;
  delivery: 'waiting' | 'sending' | 'failed';
  reason?: string;
}

/**
 * The entry of a stored message. `readUpTo` is how far the other has read, or null where nobody tells
 * (a public thread, or a member who keeps it to themselves). What the clock or a moderator did is nobody's own.
 */
export function storedEntry(message: Message, me: string | null, readUpTo: number | null): Entry {
  const card = message.card ?? null;
  const mine = me !== null && (card ? card.by?.id : message.author.id) === me;
  const read = readUpTo !== null && readUpTo >= message.seq;
  return {
    id: message.id,
    seq: message.seq,
    author: message.author,
    text: message.text,
    card,
    ...(message.update ? { update: true } : {}),
    state: message.state,
    createdAt: message.created_at,
    editedAt: message.edited_at,
    mine,
    delivery: mine && !card ? (read ? 'read' : 'sent') : null,
  };
}

/** The entry of a message that the server has not stored yet. */
export function unsentEntry(unsent: Unsent, me: Person): Entry {
  return {
    id: unsent.id,
    seq: null,
    author: me,
    text: unsent.text,
    card: null,
    state: 'visible',
    createdAt: unsent.createdAt,
    editedAt: null,
    mine: true,
    delivery: unsent.delivery,
    ...(unsent.reason === undefined ? {} : { reason: unsent.reason }),
  };
}

/** The last of one's own messages that can still be worded anew, or null. */
export function lastEditable(entries: readonly Entry[]): Entry | null {
  return (
    entries.findLast(
      (entry) => entry.mine && entry.seq !== null && entry.state === 'visible' && entry.card === null,
    ) ?? null
  );
}

/** How many messages of others came after `seq`. */
export function newerThan(entries: readonly Entry[], seq: number): number {
  return entries.filter((entry) => !entry.mine && entry.seq !== null && entry.seq > seq).length;
}
