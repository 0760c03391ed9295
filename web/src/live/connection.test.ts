import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CloseCode } from '../protocol';
import { Connection } from './connection.svelte';
import { ANA, FakeSocket } from './fakes';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let connection: Connection;
let asked: number;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  connection = new Connection(socket);
  asked = 0;
  connection.onpaused = () => (asked += 1);
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

test('a line that is away for two seconds is told of, and not before', () => {
  FakeSocket.last.welcome();
  FakeSocket.last.hangUp(CloseCode.RESTART);

  vi.advanceTimersByTime(1_999);
  expect(connection.away).toBe(false);
  vi.advanceTimersByTime(1);
  expect(connection.away).toBe(true);

  FakeSocket.last.welcome();
  expect(connection.away).toBe(false);
});

test('a network that lets no socket through is told apart from one that is away', async () => {
  let works = false;
  connection.ondetour = () => Promise.resolve(works);
  FakeSocket.last.hangUp(1006);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([connection.away, connection.detours]).toEqual([true, false]);

  works = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([connection.away, connection.detours]).toEqual([true, true]);

  FakeSocket.last.welcome();
  expect([connection.away, connection.detours]).toEqual([false, false]);
});

test('a pause of the live updates is told of after two seconds, and what is missed is asked for', () => {
  FakeSocket.last.welcome();
  FakeSocket.last.tell({ type: 'paused' });

  vi.advanceTimersByTime(1_999);
  expect([connection.paused, asked]).toEqual([false, 0]);
  vi.advanceTimersByTime(1);
  expect([connection.paused, asked]).toEqual([true, 1]);
  vi.advanceTimersByTime(10_000);
  expect(asked).toBe(2);

  FakeSocket.last.tell({ type: 'resync', within_ms: 500 });
  vi.advanceTimersByTime(60_000);
  expect([connection.paused, asked]).toEqual([false, 2]);
});

test('who comes during a pause is told at the door, and who comes after it is not', () => {
  FakeSocket.last.welcome(ANA, true);
  vi.advanceTimersByTime(2_000);
  expect(connection.paused).toBe(true);

  socket.restart();
  FakeSocket.last.welcome(ANA, false);
  expect(connection.paused).toBe(false);
});

test('a page whose own line is away speaks of that, not of a pause', () => {
  FakeSocket.last.welcome(ANA, true);
  vi.advanceTimersByTime(2_000);

  FakeSocket.last.hangUp(CloseCode.RESTART);

  expect(connection.paused).toBe(false);
});
