/**
 * What a conversation looks like from top to bottom: days, the line where unread begins, the messages that one
 * author wrote in a row, and the steps of exchanges between them.
 */
import type { Card, Person } from '../protocol';
import type { Entry } from './entry';

/** After so long, the same author's next message starts a new group, so that its time is seen. */
export const GROUP_MINUTES = 10;

export type Row =
  | { type: 'day'; key: string; at: Date }
  | { type: 'unread'; key: 'unread' }
  | { type: 'step'; key: string; card: Card; entry: Entry; note: string }
  | { type: 'group'; key: string; author: Person; mine: boolean; entries: Entry[] };

/** The local calendar day of `at` as a comparable key. */
export function dayKey(at: Date): string {
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

/**
 * Lay out `entries` (oldest first). The unread line stands before the first message of somebody else
 * whose `seq` is greater than `readUpTo`; null draws none.
 */
export function timeline(entries: readonly Entry[], readUpTo: number | null): Row[] {
  const rows: Row[] = [];
  const unreadId = readUpTo === null ? null : firstUnread(entries, readUpTo);
  const notes = new Map<string, string>();
  let previous: Entry | null = null;
  for (const entry of entries) {
    const at = new Date(entry.createdAt);
    const newDay = previous === null || dayKey(new Date(previous.createdAt)) !== dayKey(at);
    if (newDay) rows.push({ type: 'day', key: `day ${dayKey(at)} ${entry.id}`, at });
    if (entry.id === unreadId) rows.push({ type: 'unread', key: 'unread' });
    const last = rows.at(-1);
    if (entry.card) rows.push(stepRow(entry, entry.card, notes));
    else if (last?.type === 'group' && previous !== null && belongsWith(previous, entry))
      last.entries.push(entry);
    else
      rows.push({
        type: 'group',
        key: `group ${entry.id}`,
        author: entry.author,
        mine: entry.mine,
        entries: [entry],
      });
    previous = entry;
  }
  return rows;
}

/** The row of a step; a note that the last one of the exchange had already is not said again. */
function stepRow(entry: Entry, card: Card, notes: Map<string, string>): Row {
  const { id, note } = card.exchange;
  const said = notes.get(id) === note;
  notes.set(id, note);
  return { type: 'step', key: `step ${entry.id}`, card, entry, note: said ? '' : note };
}

function firstUnread(entries: readonly Entry[], readUpTo: number): string | null {
  return entries.find((entry) => !entry.mine && entry.seq !== null && entry.seq > readUpTo)?.id ?? null;
}

function belongsWith(previous: Entry, entry: Entry): boolean {
  const apartMs = Date.parse(entry.createdAt) - Date.parse(previous.createdAt);
  return previous.author.id === entry.author.id && apartMs < GROUP_MINUTES * 60_000;
}

/** What others have posted and everybody may read: what counts as unread. */
export const othersIn = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry) => !entry.mine && entry.seq !== null && entry.state === 'visible');

/**
 * How far one had read when `unread` messages of others are new: the `seq` just before the first of them.
 * Null if nothing is new. Where fewer are loaded, it is the `seq` before the first of these.
 */
export function readBefore(entries: readonly Entry[], unread: number): number | null {
  if (unread <= 0) return null;
  const others = othersIn(entries);
  const first = others.at(-Math.min(unread, others.length));
  return first?.seq == null ? null : first.seq - 1;
}
