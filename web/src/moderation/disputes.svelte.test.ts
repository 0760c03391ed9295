import { expect, test, vi } from 'vitest';
import type { Dispute } from '../api/types';
import { ANA, exchange } from '../live/fakes';
import type { AnyEvent, FeedItem } from '../protocol';
import { DisputeList } from './disputes.svelte';

const dispute: Dispute = {
  exchange: exchange({ state: 'disputed' }),
  listing: { id: 'l', kind: 'request', title: 'Soupe', state: 'in_progress' },
  by: ANA,
  words: 'Rien n’a été fait.',
  at: '2026-11-23T10:00:00Z',
  shared: false,
};

function setUp(...answers: Promise<{ disputes: Dispute[] }>[]) {
  const heard = new Map<string, (event: never) => void>();
  const told: unknown[] = [];
  const socket = {
    on: (type: string, hear: (event: never) => void) => {
      heard.set(type, hear);
      return () => void heard.delete(type);
    },
    tell: (command: unknown) => void told.push(command),
  };
  const get = vi.fn(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
  const list = new DisputeList(socket as never, { get: get as never });
  const news = (change: Partial<FeedItem>) =>
    heard.get('feed')?.({
      type: 'feed',
      item: { kind: 'dispute', hidden: false, ...change },
    } as AnyEvent as never);
  return { list, news, told, get, heard };
}

const settled = () => new Promise((done) => setTimeout(done));
const these = (...disputes: Dispute[]) => Promise.resolve({ disputes });

test('a new dispute and one that ended are in the list at once', async () => {
  const { list, news } = setUp(these(), these(dispute), these());
  list.follow();
  await settled();
  expect(list.open).toEqual([]);

  news({ id: dispute.exchange.id });
  await settled();
  expect(list.open).toEqual([dispute]);

  news({ id: dispute.exchange.id, hidden: true });
  await settled();
  expect(list.open).toEqual([]);
  expect(list.over.has(dispute.exchange.id)).toBe(true);
});

test('listings and messages of the feed are no news of disputes', async () => {
  const { news, get } = setUp();
  news({ kind: 'listing', id: 'l' });
  await settled();
  expect(get).not.toHaveBeenCalled();
});

test('an answer that was overtaken by a later one does not count', async () => {
  let late: (answer: { disputes: Dispute[] }) => void = () => undefined;
  const { list, news } = setUp(new Promise((answer) => (late = answer)), these(dispute));
  list.follow();
  news({ id: dispute.exchange.id });
  await settled();
  late({ disputes: [] });
  await settled();
  expect(list.open).toEqual([dispute]);
});

test('what is known stays when the line is lost, and else one is told', async () => {
  const { list } = setUp(
    Promise.reject(new Error('offline')),
    these(dispute),
    Promise.reject(new Error('offline')),
  );
  await list.fetch();
  expect(list.failed).toBeInstanceOf(Error);
  await list.fetch();
  await list.fetch();
  expect([list.open, list.failed]).toEqual([[dispute], null]);
});

test('who leaves follows nothing any more', () => {
  const { list, told, heard } = setUp();
  list.leave();
  expect(told).toEqual([{ type: 'feed', area: null, kinds: [] }]);
  expect(heard.size).toBe(0);
});
