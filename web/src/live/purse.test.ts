import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Purse } from '../protocol';
import { ANA, BO, FakeSocket } from './fakes';
import { PurseStore } from './purse.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let store: PurseStore;
/** What the server has; undefined while it cannot be asked. */
let server: Purse | undefined;
/** Lets the answer of the server come. */
let answers: (() => void)[];
let asked: string[];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  [server, answers, asked] = [purse(1, 10), [], []];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  store = new PurseStore(socket, { get: ask as never });
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

/** Asked now, answered with what the server has now, when the test says so. */
async function ask(path: string): Promise<unknown> {
  const mine = server;
  asked.push(path);
  await new Promise<void>((resolve) => answers.push(resolve));
  if (!mine) throw new Error('no network');
  return { purse: mine, grant: 10, buying: true, most_per_purchase: 200 };
}
async function answered(): Promise<void> {
  answers.splice(0).forEach((answer) => answer());
  await vi.advanceTimersByTimeAsync(0);
}
const told = (now: Purse) => FakeSocket.last.tell({ type: 'purse', purse: now });

function purse(version: number, balance: number): Purse {
  return { balance, bought: 0, held: 0, held_for_projects: 0, debt: 0, version };
}

test('it is fetched when one is welcomed, with the terms of the place', async () => {
  FakeSocket.last.welcome(ANA);
  expect(store.purse).toBeNull();

  await answered();

  expect(asked).toEqual(['/api/me/smiles']);
  expect(store.purse?.balance).toBe(10);
  expect(store.terms).toEqual({ grant: 10, buying: true, most_per_purchase: 200 });
});

test('who has no account has no purse, and nothing is asked for', async () => {
  FakeSocket.last.welcome(null);
  await answered();

  expect(asked).toEqual([]);
  expect(store.purse).toBeNull();
});

test('a change is shown at once and told with what was before', async () => {
  const heard: [number, number][] = [];
  store.onchange = (now, before) => heard.push([before.balance, now.balance]);
  FakeSocket.last.welcome(ANA);
  await answered();

  told(purse(2, 7));

  expect(store.purse?.balance).toBe(7);
  expect(heard).toEqual([[10, 7]]);
});

test('of two states the one of the higher version stays, in whichever order they come', async () => {
  FakeSocket.last.welcome(ANA);
  await answered();

  told(purse(4, 3));
  told(purse(3, 9));

  expect(store.purse?.balance).toBe(3);
});

test('an answer that was overtaken by an event is no news', async () => {
  FakeSocket.last.welcome(ANA);
  told(purse(5, 42));

  await answered();

  expect(store.purse?.balance).toBe(42);
  expect(store.terms?.grant).toBe(10);
});

test('the same state again is told to nobody', async () => {
  let times = 0;
  store.onchange = () => (times += 1);
  FakeSocket.last.welcome(ANA);
  await answered();

  told(purse(1, 10));

  expect(times).toBe(0);
});

test('after a resync it is asked for again', async () => {
  FakeSocket.last.welcome(ANA);
  await answered();
  server = purse(8, 1);

  FakeSocket.last.tell({ type: 'resync', within_ms: 500 });
  await vi.advanceTimersByTimeAsync(500);
  await answered();

  expect(store.purse?.balance).toBe(1);
});

test('another member sees nothing of the one before, not even by an answer on its way', async () => {
  FakeSocket.last.welcome(ANA);
  server = purse(3, 4);
  FakeSocket.last.welcome(BO);
  expect(store.purse).toBeNull();

  answers.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.purse).toBeNull();

  await answered();
  expect(store.purse?.balance).toBe(4);
});

test('who has signed out has no purse, whatever comes late', async () => {
  FakeSocket.last.welcome(ANA);
  await answered();

  store.identify(undefined);
  told(purse(9, 9));

  expect(store.purse).toBeNull();
});

test('a failure is said only while nothing is known', async () => {
  server = undefined;
  FakeSocket.last.welcome(ANA);
  await answered();
  expect(store.failed).toBe(true);

  server = purse(1, 10);
  const again = store.refresh();
  await answered();
  await again;
  expect(store.failed).toBe(false);

  server = undefined;
  const last = store.refresh();
  await answered();
  await last;
  expect(store.failed).toBe(false);
  expect(store.purse?.balance).toBe(10);
});
