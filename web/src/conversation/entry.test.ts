import { describe, expect, test } from 'vitest';
import { exchange } from '../live/fakes';
import { lastEditable, newerThan, storedEntry, unsentEntry, withPerson } from './entry';
import type { Card, Message } from '../protocol';

const ana = { id: 'ana', name: 'Ana', kind: 'individual' } as const;
const bo = { id: 'bo', name: 'Bo', kind: 'individual' } as const;

function message(seq: number, author: typeof ana | typeof bo, state: Message['state'] = 'visible'): Message {
  return {
    id: `m${seq}`,
    conversation: 'c',
    seq,
    change: seq,
    author,
    text: state === 'visible' ? 'Bonjour' : null,
    state,
    created_at: '2026-11-23T10:00:00Z',
    edited_at: null,
  };
}

describe('delivery', () => {
  test('one’s own message is read once the other has come as far', () => {
    expect(storedEntry(message(5, ana), 'ana', 4).delivery).toBe('sent');
    expect(storedEntry(message(5, ana), 'ana', 5).delivery).toBe('read');
    expect(storedEntry(message(5, ana), 'ana', null).delivery).toBe('sent');
  });

  test('what others wrote has no delivery, nor has anything for who is not signed in', () => {
    expect(storedEntry(message(5, bo), 'ana', 9).delivery).toBeNull();
    expect(storedEntry(message(5, bo), null, 9).delivery).toBeNull();
  });

  test('a failed message says why', () => {
    const unsent = {
      id: 'x',
      text: 'Salut',
      createdAt: '2026-11-23T10:00:00Z',
      delivery: 'failed',
      reason: 'Trop long',
    };

    expect(unsentEntry({ ...unsent, delivery: 'failed' }, ana)).toMatchObject({
      delivery: 'failed',
      reason: 'Trop long',
    });
  });
});

describe('lastEditable', () => {
  test('is the last visible stored message of one’s own', () => {
    const entries = [message(1, ana), message(2, ana), message(3, ana, 'deleted'), message(4, bo)].map((m) =>
      storedEntry(m, 'ana', null),
    );

    expect(lastEditable(entries)?.seq).toBe(2);
    expect(lastEditable([])).toBeNull();
  });
});

test('only what others wrote since counts as new', () => {
  const entries = [message(1, bo), message(2, ana), message(3, bo)].map((m) => storedEntry(m, 'ana', null));

  expect(newerThan(entries, 1)).toBe(1);
  expect(newerThan(entries, 0)).toBe(2);
});

test('who is called otherwise since is so on their messages and on every card, and nobody else is', () => {
  const gone = { ...bo, name: 'Ancien membre' };
  const agreed = exchange({ helper: bo, beneficiary: ana });
  const card: Card = { step: 'accept', by: bo, words: null, exchange: agreed };

  const named = (one: Message) => withPerson(storedEntry(one, 'ana', null), gone);

  expect(named(message(1, bo)).author).toEqual(gone);
  expect(named(message(2, ana)).author).toEqual(ana);
  expect(named({ ...message(3, bo), text: null, card }).card).toEqual({
    ...card,
    by: gone,
    exchange: { ...agreed, helper: gone },
  });
  expect(named({ ...message(4, bo), text: null, card: { ...card, by: null } }).card?.by).toBeNull();
});
