/** Steps of exchanges among the messages of a dialog. */
import { expect, test } from 'vitest';
import { ANA, BO, exchange, LISTING, message } from '../live/fakes';
import type { Card, Conversation, Message, Person } from '../protocol';
import { announcement } from './announce';
import { lastEditable, newerThan, storedEntry } from './entry';
import { lastWords } from './last-words';
import { othersIn, timeline } from './timeline';

function step(seq: number, by: Person | null, change: Partial<Card> = {}): Message {
  const card: Card = { step: 'propose', by, words: null, exchange: exchange({}), ...change };
  // What neither of the two did stands under the name of one of them.
  return message(seq, { author: by ?? BO, text: null, card });
}

const asAna = (messages: Message[]) => messages.map((one) => storedEntry(one, ANA.id, 0));
const asBo = (messages: Message[]) => messages.map((one) => storedEntry(one, BO.id, 0));

function inboxRow(last: Message): Conversation {
  const listing = { id: LISTING, kind: 'request', title: 'Tondre', state: 'open' } as const;
  const { conversation: id, created_at: updated_at } = last;
  return { id, kind: 'dialog', listing, other: BO, last, unread: 1, updated_at, version: 1 };
}

test('what the clock did is nobody’s own, and new to both', () => {
  const expired = [step(1, null, { step: 'expire' })];

  expect(newerThan(asBo(expired), 0)).toBe(1);
  expect(newerThan(asAna(expired), 0)).toBe(1);
  expect(othersIn(asBo(expired))).toHaveLength(1);
});

test('one’s own step is not new to oneself, and new to the other', () => {
  expect(newerThan(asBo([step(1, BO)]), 0)).toBe(0);
  expect(newerThan(asAna([step(1, BO)]), 0)).toBe(1);
});

test('a step is never worded anew, and has no marks of delivery', () => {
  const entries = asBo([message(1, { author: BO }), step(2, BO)]);

  expect(lastEditable(entries)?.seq).toBe(1);
  expect(entries[1]?.delivery).toBeNull();
});

test('a step stands by itself between what its author wrote', () => {
  const rows = timeline(asAna([message(1), step(2, BO), message(3)]), null);

  expect(rows.map((row) => row.type)).toEqual(['day', 'group', 'step', 'group']);
});

test('the unread line may begin at a step', () => {
  const rows = timeline(asAna([message(1), step(2, BO)]), 1);

  expect(rows.map((row) => row.type)).toEqual(['day', 'group', 'unread', 'step']);
});

test('a note is said where it is new, and not again at each step', () => {
  const noted = (note: string) => ({ exchange: exchange({ note }) });
  const rows = timeline(
    asAna([
      step(1, BO, noted('Au portail')),
      step(2, ANA, noted('Au portail')),
      step(3, BO, noted('Au pont')),
    ]),
    null,
  );

  expect(rows.flatMap((row) => (row.type === 'step' ? [row.note] : []))).toEqual([
    'Au portail',
    '',
    'Au pont',
  ]);
});

test('a step is announced by what was done and the words with it', () => {
  const thanked = step(1, BO, { step: 'confirm', words: 'Merci !' });

  expect(announcement(asAna([step(1, BO)]), ANA.id)).toBe('Bo a proposé un échange');
  expect(announcement(asAna([thanked]), ANA.id)).toBe('Bo a confirmé l’échange\u00a0: Merci\u202f!');
});

test('an inbox says what was done last', () => {
  expect(lastWords(inboxRow(step(1, BO)), ANA.id)).toBe('Bo a proposé un échange');
  expect(lastWords(inboxRow(step(1, BO)), BO.id)).toBe('Vous avez proposé un échange');
});
