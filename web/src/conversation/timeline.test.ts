import { describe, expect, test } from 'vitest';
import { storedEntry, type Entry } from './entry';
import { readBefore, timeline } from './timeline';

const ana = { id: 'ana', name: 'Ana', kind: 'individual' } as const;
const bo = { id: 'bo', name: 'Bo', kind: 'individual' } as const;

function said(seq: number, author: typeof ana | typeof bo, at: string): Entry {
  const message = {
    id: `m${seq}`,
    conversation: 'c',
    seq,
    change: seq,
    author,
    text: 'Bonjour',
    state: 'visible',
    created_at: at,
    edited_at: null,
  } as const;
  return storedEntry(message, 'ana', null);
}

const shape = (entries: Entry[], readUpTo: number | null = null) =>
  timeline(entries, readUpTo).map((row) => (row.type === 'group' ? row.entries.map((e) => e.seq) : row.type));

describe('timeline', () => {
  test('messages of one author in a row stand together', () => {
    const entries = [
      said(1, bo, '2026-11-23T10:00:00'),
      said(2, bo, '2026-11-23T10:01:00'),
      said(3, ana, '2026-11-23T10:02:00'),
      said(4, bo, '2026-11-23T10:03:00'),
    ];

    expect(shape(entries)).toEqual(['day', [1, 2], [3], [4]]);
  });

  test('a long silence starts a new group', () => {
    expect(shape([said(1, bo, '2026-11-23T10:00:00'), said(2, bo, '2026-11-23T10:10:00')])).toEqual([
      'day',
      [1],
      [2],
    ]);
  });

  test('midnight separates days and groups', () => {
    expect(shape([said(1, bo, '2026-11-22T23:59:00'), said(2, bo, '2026-11-23T00:01:00')])).toEqual([
      'day',
      [1],
      'day',
      [2],
    ]);
  });

  test('the unread line stands before the first unread message of somebody else', () => {
    const entries = [
      said(1, bo, '2026-11-23T10:00:00'),
      said(2, ana, '2026-11-23T10:01:00'),
      said(3, bo, '2026-11-23T10:02:00'),
      said(4, bo, '2026-11-23T10:03:00'),
    ];

    expect(shape(entries, 1)).toEqual(['day', [1], [2], 'unread', [3, 4]]);
    expect(shape(entries, 3)).toEqual(['day', [1], [2], [3], 'unread', [4]]);
  });

  test('what one wrote oneself is never unread', () => {
    expect(shape([said(1, bo, '2026-11-23T10:00:00'), said(2, ana, '2026-11-23T10:01:00')], 1)).toEqual([
      'day',
      [1],
      [2],
    ]);
  });

  test('every row has a key of its own, also when a clock went back over midnight', () => {
    const rows = timeline(
      [
        said(1, bo, '2026-11-23T00:01:00'),
        said(2, bo, '2026-11-22T23:59:00'),
        said(3, bo, '2026-11-23T00:02:00'),
      ],
      null,
    );

    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
});

describe('readBefore', () => {
  const entries = [
    said(1, bo, '2026-11-23T10:00:00'),
    said(4, ana, '2026-11-23T10:01:00'),
    said(6, bo, '2026-11-23T10:02:00'),
    said(9, bo, '2026-11-23T10:03:00'),
  ];

  test('counts the unread from the end, among what others wrote', () => {
    expect(readBefore(entries, 1)).toBe(8);
    expect(readBefore(entries, 2)).toBe(5);
    expect(readBefore(entries, 3)).toBe(0);
  });

  test('more unread than loaded puts the line at the top', () => {
    expect(readBefore(entries, 40)).toBe(0);
  });

  test('nothing unread draws no line', () => {
    expect(readBefore(entries, 0)).toBeNull();
    expect(readBefore([], 2)).toBeNull();
  });
});
