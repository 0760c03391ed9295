/** All lines of a conversation as one reader sees them: what is stored, then what is on its way. */
import type { Draft } from '../live/unsent';
import type { Message, Person } from '../protocol';
import { storedEntry, unsentEntry, withPerson, type Entry, type Unsent } from './entry';

export interface Reader {
  /** Null: nobody is signed in, and nothing is on its way. */
  me: Person | null;
  /** The other one of a dialog, as they are called now; null in a thread. */
  other: Person | null;
  /** How far the other one has read; null where nobody tells. */
  readByOther: number | null;
  online: boolean;
}

export function entriesOf(messages: readonly Message[], drafts: readonly Draft[], reader: Reader): Entry[] {
  const { me, other, readByOther, online } = reader;
  const stored = messages.map((message) => storedEntry(message, me?.id ?? null, readByOther));
  return [
    ...(other ? stored.map((entry) => withPerson(entry, other)) : stored),
    ...(me ? drafts.map((one) => unsentEntry(onItsWay(one, online), me)) : []),
  ];
}

function onItsWay({ id, text, at, state, reason }: Draft, online: boolean): Unsent {
  const delivery = state === 'queued' ? (online ? 'sending' : 'waiting') : state;
  return { id, text, createdAt: at, delivery, ...(reason ? { reason } : {}) };
}
