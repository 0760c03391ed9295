import { expect, test } from 'vitest';
import type { Entry } from './entry';
import { UnreadLine } from './unread-line.svelte';

/** What Bo has posted from `first` to `last`; Ana reads. */
const posted = (first: number, last: number, mine = false): Entry[] =>
  Array.from({ length: last - first + 1 }, (_, i) => ({
    id: `m${first + i}`,
    seq: first + i,
    author: { id: 'bo', name: 'Bo', kind: 'individual' },
    text: 'Bonjour',
    card: null,
    state: 'visible',
    createdAt: '2026-11-23T10:00:00Z',
    editedAt: null,
    mine,
    delivery: null,
  }));

test('on arriving it stands before the first of the unread', () => {
  const line = new UnreadLine();

  line.follow(posted(1, 10), 3, true);

  expect(line.after).toBe(7);
});

test('it moves up with each older page until all of the unread is loaded, and then no further', () => {
  const line = new UnreadLine();

  line.follow(posted(51, 100), 70, true);
  expect(line.after).toBe(50);
  line.follow(posted(1, 100), 70, true);
  expect(line.after).toBe(30);
  line.follow(posted(1, 101), 70, true);
  expect(line.after).toBe(30);
});

test('what comes meanwhile does not count among what was unread on arriving', () => {
  const line = new UnreadLine();
  line.follow(posted(51, 100), 70, true);

  line.follow(posted(51, 103), 70, true);
  line.follow(posted(1, 103), 70, true);

  expect(line.after).toBe(30);
});

test('what comes before the eyes of the reader draws no line, what comes unseen does', () => {
  const line = new UnreadLine();
  line.follow(posted(1, 3), 0, true);
  line.read(3);

  expect(line.follow(posted(1, 4), 0, true)).toHaveLength(1);
  expect(line.after).toBeNull();
  line.read(4);
  line.follow(posted(1, 6), 0, false);
  expect(line.after).toBe(4);
});

test('older pages are not news', () => {
  const line = new UnreadLine();
  line.follow(posted(51, 60), 0, true);

  expect(line.follow(posted(1, 60), 0, false)).toEqual([]);
  expect(line.after).toBeNull();
});

test('who answers has no line any more, whatever is loaded later', () => {
  const line = new UnreadLine();
  line.follow(posted(51, 100), 70, true);

  line.clear();
  line.follow(posted(1, 100), 70, true);

  expect(line.after).toBeNull();
});
