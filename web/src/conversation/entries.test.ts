import { expect, test } from 'vitest';
import type { Draft } from '../live/unsent';
import type { Message } from '../protocol';
import { entriesOf } from './entries';

const ana = { id: 'ana', name: 'Ana', kind: 'individual' } as const;
const bo = { id: 'bo', name: 'Bo', kind: 'individual' } as const;

const said: Message = {
  id: 'm1',
  conversation: 'c',
  seq: 1,
  change: 1,
  author: bo,
  text: 'Bonjour',
  state: 'visible',
  created_at: '2026-11-23T10:00:00Z',
  edited_at: null,
};
const draft: Draft = {
  id: 'd1',
  conversation: 'c',
  member: 'ana',
  text: 'Salut',
  at: '2026-11-23T10:01:00Z',
  state: 'queued',
};
const reader = { me: ana, other: null, readByOther: null, online: true };

test('what is on its way stands below what is stored, and is nobody’s who is not signed in', () => {
  expect(entriesOf([said], [draft], reader).map(({ id }) => id)).toEqual(['m1', 'd1']);
  expect(entriesOf([said], [draft], { ...reader, me: null }).map(({ id }) => id)).toEqual(['m1']);
});

test('what is queued waits while there is no line, and is being sent while there is one', () => {
  const deliveries = (online: boolean, state: Draft['state']) =>
    entriesOf([], [{ ...draft, state }], { ...reader, online }).map(({ delivery }) => delivery);

  expect(deliveries(true, 'queued')).toEqual(['sending']);
  expect(deliveries(false, 'queued')).toEqual(['waiting']);
  expect(deliveries(false, 'failed')).toEqual(['failed']);
});

test('the other one of a dialog is called as they are now', () => {
  const left = { ...bo, name: 'Quelqu’un' };

  expect(entriesOf([said], [], { ...reader, other: left }).map(({ author }) => author.name)).toEqual([
    'Quelqu’un',
  ]);
});
