import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import { FakeSocket } from '../live/fakes';
import { LiveSocket } from '../live/socket';
import { Sending } from './sending.svelte';

const OFFLINE = new Problem('offline', '', 0);
let socket: LiveSocket;
let sending: Sending;
/** What each try comes to, in turn; undefined: done. */
let outcomes: (Problem | undefined)[];
let tries: number;
let refused: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  [outcomes, tries, refused] = [[], 0, []];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  socket.start();
  sending = new Sending(
    socket,
    async () => {
      tries += 1;
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
    },
    (failure) => refused.push(failure),
  );
});
afterEach(() => {
  sending.leave();
  socket.stop();
  vi.useRealTimers();
});

test('without a line it waits, and goes when the line is back', async () => {
  outcomes = [OFFLINE];
  await sending.send();
  expect(sending.state).toBe('waiting');

  FakeSocket.last.welcome();
  await vi.waitFor(() => expect(sending.state).toBe('idle'));

  expect(tries).toBe(2);
  expect(refused).toEqual([]);
});

test('what one thought better of is not sent when the line is back', async () => {
  outcomes = [OFFLINE];
  await sending.send();

  sending.stop();
  FakeSocket.last.welcome();
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(60_000);

  expect(tries).toBe(1);
});

test('a line that comes back in silence is found', async () => {
  outcomes = [OFFLINE, OFFLINE];
  await sending.send();

  await vi.advanceTimersByTimeAsync(40_000);

  expect(tries).toBe(3);
  expect(sending.state).toBe('idle');
});

test('a refusal is told, and nothing is tried again', async () => {
  const full = new Problem('too_many_listings', 'Vous avez déjà 100 annonces.', 409);
  outcomes = [full];

  await sending.send();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(refused).toEqual([full]);
  expect(tries).toBe(1);
});
