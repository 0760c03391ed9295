import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FeedItem, Person } from '../protocol';
import { ANA, BO, FakeSocket } from './fakes';
import { FeedStore } from './feed.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let feed: FeedStore;
/** All that was ever posted, oldest first; what the server may be asked for. */
let past: FeedItem[];
let refuses: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  [past, refuses] = [[], false];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  feed = new FeedStore(socket, { post: page as never });
  socket.start();
  FakeSocket.last.welcome(ANA);
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

async function page(_path: string, { before }: { before: string | null }): Promise<unknown> {
  await Promise.resolve();
  if (refuses) throw new Error('forbidden');
  const older = past.filter((one) => before === null || one.created_at < before).reverse();
  return { items: older.slice(0, 3), earlier: older.length > 3 };
}
function item(minute: number, change: Partial<FeedItem> = {}): FeedItem {
  return {
    kind: 'message',
    id: `m${minute}`,
    created_at: `2026-11-23T10:${String(minute).padStart(2, '0')}:00Z`,
    author: BO,
    text: `minute ${minute}`,
    version: 1,
    ...change,
  } as FeedItem;
}
const ids = (items: readonly FeedItem[]) => items.map(({ id }) => id);
const told = (...items: FeedItem[]) =>
  items.forEach((one) => FakeSocket.last.tell({ type: 'feed', item: one }));

test('the stream is asked for before its past, so that nothing falls between', async () => {
  past = [item(1), item(2)];
  const following = feed.follow(null, ['message']);
  expect(FakeSocket.last.asked('feed')).toMatchObject([{ kinds: ['message'] }]);
  told(item(3));

  await following;

  expect(ids(feed.items)).toEqual(['m3', 'm2', 'm1']);
  expect(feed.state).toBe('ready');
});

test('what came by stream and by page stands once, in its newer version', async () => {
  past = [item(1)];
  const following = feed.follow(null, ['message']);
  told(item(1, { version: 2, text: 'worded anew' }));

  await following;

  expect(feed.items).toMatchObject([{ id: 'm1', text: 'worded anew' }]);
});

test('a listing and a message may share an id', async () => {
  await feed.follow(null, ['message', 'listing']);

  told(item(1), item(1, { kind: 'listing' }));

  expect(feed.items).toHaveLength(2);
});

test('older pages follow below, without doubles, until there are no more', async () => {
  past = [1, 2, 3, 4, 5].map((minute) => item(minute));
  await feed.follow(null, ['message']);
  expect(feed.earlier).toBe(true);

  await feed.loadEarlier();

  expect(ids(feed.items)).toEqual(['m5', 'm4', 'm3', 'm2', 'm1']);
  expect(feed.earlier).toBe(false);
});

test('while paused arrivals wait, but a change of what is shown is shown', async () => {
  past = [item(1)];
  await feed.follow(null, ['message']);
  feed.pause(true);

  told(item(2), item(3), item(2, { version: 2 }), item(1, { version: 2, text: 'hidden' }));
  expect(feed.items).toMatchObject([{ id: 'm1', text: 'hidden' }]);
  expect(feed.held).toHaveLength(2);

  feed.pause(false);
  expect(ids(feed.items)).toEqual(['m3', 'm2', 'm1']);
  expect(feed.held).toEqual([]);
});

test('what was not asked for is not taken', async () => {
  await feed.follow(null, ['listing']);

  told(item(1));

  expect(feed.items).toEqual([]);
});

test('an answer for the filter of before changes nothing', async () => {
  past = [item(1)];
  const first = feed.follow(null, ['message']);
  const second = feed.follow(null, ['listing']);
  past = [];

  await Promise.all([first, second]);

  expect(feed.items.filter(({ kind }) => kind === 'message')).toHaveLength(0);
});

test('a line that comes back follows again', async () => {
  await feed.follow(null, ['message']);

  FakeSocket.last.hangUp(4003);
  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(ANA);

  expect(FakeSocket.last.asked('feed')).toHaveLength(1);
});

test('whoever comes back asks again for all that is shown, however many pages it was', async () => {
  past = [1, 2, 3, 4, 5, 6, 7].map((minute) => item(minute));
  await feed.follow(null, ['message']);
  await feed.loadEarlier();
  expect(ids(feed.items)).toEqual(['m7', 'm6', 'm5', 'm4', 'm3', 'm2']);

  FakeSocket.last.hangUp(4003);
  past = past.map((one) => ({ ...one, author: { ...BO, name: 'Ancien membre' } }));
  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(ANA);
  await vi.advanceTimersByTimeAsync(10);

  expect(feed.items.map(({ author }) => author.name)).toEqual(Array(6).fill('Ancien membre'));
  expect(feed.earlier).toBe(true);
});

test('who may not see it is told so', async () => {
  refuses = true;

  await feed.follow(null, ['message']);

  expect(feed.state).toBe('refused');
});

describe('an author who is called otherwise from now on', () => {
  const left = { ...BO, name: 'Ancien membre' };
  const names = (items: readonly FeedItem[]) => items.map(({ author }) => author.name);
  const tellOf = (author: Person) => FakeSocket.last.tell({ type: 'author', author });

  test('is called so in every line of theirs, in those that wait too, and nobody else is', async () => {
    past = [item(1), item(2, { author: ANA })];
    await feed.follow(null, ['message']);
    feed.pause(true);
    told(item(3));

    tellOf(left);

    expect(names(feed.items)).toEqual(['Ana', 'Ancien membre']);
    expect(names(feed.held)).toEqual(['Ancien membre']);
  });

  test('is called so in a page that was read before and comes after', async () => {
    past = [item(1)];
    const following = feed.follow(null, ['message']);
    tellOf(left);

    await following;

    expect(names(feed.items)).toEqual(['Ancien membre']);
  });

  test('leaves a line that comes later as it comes', async () => {
    past = [item(1)];
    await feed.follow(null, ['message']);
    tellOf({ ...BO, avatar: 'a-photo' });

    told(item(2));

    expect(feed.items.map(({ author }) => author.avatar ?? null)).toEqual([null, 'a-photo']);
  });
});
