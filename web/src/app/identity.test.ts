import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ANA, BO, FakeSocket } from '../live/fakes';
import { LiveSocket } from '../live/socket';
import type { Person } from '../protocol';
import { Identity } from './identity';

/** Whom the server would say is signed in; `member` is what the page knows of it. */
let server: Person | null;
let who: { known: boolean; member: Person | null; load(): Promise<void> };
let identity: Identity;
let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  server = null;
  who = {
    known: false,
    member: null,
    load: async () => {
      await Promise.resolve();
      if (become(server)) identity.changed();
    },
  };
  identity = new Identity(socket, who);
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

function become(member: Person | null): boolean {
  const another = member?.id !== who.member?.id || !who.known;
  [who.known, who.member] = [true, member];
  return another;
}

/** Sign in (or out, as null) on this page. */
function signIn(member: Person | null): void {
  server = member;
  if (become(member)) identity.changed();
}

/** What has been asked for is answered. */
const answers = () => vi.advanceTimersByTimeAsync(0);

test('a page that opens signed in has one socket', async () => {
  server = ANA;
  await who.load();

  FakeSocket.last.welcome(ANA);
  await answers();

  expect(FakeSocket.all).toHaveLength(1);
});

test('signing in gives the socket one’s name', async () => {
  await who.load();
  FakeSocket.last.welcome(null);

  signIn(ANA);

  expect(FakeSocket.all).toHaveLength(2);
});

test('who signs in before the first welcome ends with a socket of theirs', async () => {
  await who.load();

  signIn(ANA);
  FakeSocket.last.welcome(null);
  await answers();
  FakeSocket.last.welcome(ANA);
  await answers();

  expect(FakeSocket.all).toHaveLength(2);
});

test('who signs out and in again during one handshake ends with a socket of theirs', async () => {
  server = ANA;
  await who.load();
  FakeSocket.last.welcome(ANA);

  signIn(null);
  signIn(ANA);
  FakeSocket.last.welcome(null);
  await answers();
  FakeSocket.last.welcome(ANA);

  expect(FakeSocket.all).toHaveLength(3);
});

test('another tab’s sign-in that only the socket noticed becomes the page’s', async () => {
  await who.load();
  server = BO;

  FakeSocket.last.welcome(BO);
  await answers();

  expect(who.member).toEqual(BO);
  expect(FakeSocket.all).toHaveLength(1);
});

test('a socket that never agrees is tried ever more seldom', async () => {
  await who.load();
  signIn(ANA);
  for (let i = 0; i < 2; i += 1) {
    FakeSocket.last.welcome(null);
    await answers();
  }

  expect(FakeSocket.all).toHaveLength(2);

  await vi.advanceTimersByTimeAsync(1000);
  expect(FakeSocket.all).toHaveLength(3);
});

test('a page whose member was changed elsewhere learns it from the next welcome, once', async () => {
  server = { ...ANA, avatar: 'a'.repeat(22) };
  await who.load();
  const load = vi.spyOn(who, 'load');
  FakeSocket.last.welcome(server);
  await answers();
  server = { ...ANA, avatar: null };

  for (let i = 0; i < 2; i += 1) {
    FakeSocket.last.welcome(server);
    await answers();
  }

  expect(who.member).toEqual(server);
  expect(load).toHaveBeenCalledTimes(1);
});
