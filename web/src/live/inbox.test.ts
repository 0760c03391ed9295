import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Conversation } from '../protocol';
import { ANA, BO, DIALOG, FakeSocket, LISTING } from './fakes';
import { Inbox } from './inbox.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let inbox: Inbox;
/** What the server has; undefined while it cannot be asked. */
let server: Conversation[] | undefined;
/** Lets the answer of the server come. */
let answers: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  [server, answers] = [[], []];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  inbox = new Inbox(socket, { get: ask as never });
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

/** Asked now, answered with what the server has now, when the test says so. */
async function ask(): Promise<unknown> {
  const conversations = server;
  await new Promise<void>((resolve) => answers.push(resolve));
  if (!conversations) throw new Error('no network');
  return { conversations, unread: 0 };
}
async function answered(): Promise<void> {
  answers.splice(0).forEach((answer) => answer());
  await vi.advanceTimersByTimeAsync(0);
}
const told = (conversation: Conversation) => FakeSocket.last.tell({ type: 'activity', conversation });
const shown = () => inbox.conversations.map(({ id, unread }) => [id, unread]);

function line(id: string, minute: number, unread = 0): Conversation {
  return {
    id,
    kind: 'dialog',
    listing: { id: LISTING, kind: 'offer', title: 'Soupe', state: 'open' },
    other: BO,
    last: null,
    unread,
    updated_at: `2026-11-23T10:${String(minute).padStart(2, '0')}:00Z`,
    version: minute,
  } as Conversation;
}

test('it is known once the server has answered, the last active first', async () => {
  server = [line('a', 1), line('b', 5, 2)];
  FakeSocket.last.welcome(ANA);
  expect(inbox.known).toBe(false);

  await answered();

  expect(inbox.known).toBe(true);
  expect(shown()).toEqual([
    ['b', 2],
    ['a', 0],
  ]);
  expect(inbox.unread).toBe(2);
});

test('news that was overtaken on its way changes nothing', async () => {
  server = [line('a', 1)];
  FakeSocket.last.welcome(ANA);
  await answered();

  told(line('a', 5, 2));
  told(line('a', 4, 1));

  expect(shown()).toEqual([['a', 2]]);
});

test('what came live while the answer was on its way stays', async () => {
  server = [line('a', 1)];
  FakeSocket.last.welcome(ANA);
  told(line('a', 3, 1));
  told(line(DIALOG, 2, 1));

  await answered();

  expect(shown()).toEqual([
    ['a', 1],
    [DIALOG, 1],
  ]);
});

test('an answer that is newer than what came live wins', async () => {
  FakeSocket.last.welcome(ANA);
  await answered();
  told(line('a', 3, 1));
  server = [line('a', 4, 0)];

  void inbox.refresh();
  await answered();

  expect(shown()).toEqual([['a', 0]]);
});

test('a conversation told of twice stands once, and is news only when there is more of it', async () => {
  const news: number[] = [];
  inbox.onnews = ({ unread }) => news.push(unread);
  FakeSocket.last.welcome(ANA);
  await answered();

  told(line('a', 1, 1));
  told(line('a', 1, 1));
  told(line('a', 2, 2));
  told(line('a', 3, 0));

  expect(shown()).toEqual([['a', 0]]);
  expect(news).toEqual([1, 2]);
});

test('nothing of one member’s is shown to the next, however late the answer', async () => {
  server = [line('a', 1, 1)];
  FakeSocket.last.welcome(ANA);

  FakeSocket.last.welcome(null);
  await answered();

  expect(shown()).toEqual([]);
  expect(inbox.known).toBe(false);
});

test('a first fetch that fails says so, a later one keeps what is known', async () => {
  server = undefined;
  FakeSocket.last.welcome(ANA);
  await answered();
  expect(inbox.failed).toBe(true);

  server = [line('a', 1)];
  void inbox.refresh();
  await answered();
  expect(inbox.failed).toBe(false);

  server = undefined;
  void inbox.refresh();
  await answered();
  expect(inbox.failed).toBe(false);
  expect(shown()).toEqual([['a', 0]]);
});

test('the next unread is the one that has waited longest', async () => {
  server = [line('a', 1), line('b', 2, 1), line('c', 3, 1)];
  FakeSocket.last.welcome(ANA);
  await answered();

  expect(inbox.nextUnread()?.id).toBe('b');
  expect([...inbox.unreadListings]).toEqual([LISTING]);
});
