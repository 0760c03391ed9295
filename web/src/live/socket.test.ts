import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CloseCode } from '../protocol';
import { FakeSocket } from './fakes';
import { LineLost, Refusal } from './questions';
import { LiveSocket } from './socket';

let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
    random: () => 1,
  });
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

test('the line is up only once the server has said welcome', () => {
  expect(socket.state).toBe('connecting');
  expect(socket.tell({ type: 'ping' })).toBe(false);

  FakeSocket.last.welcome();

  expect(socket.state).toBe('online');
});

test('an answer finds its question, whatever the order of the answers', async () => {
  FakeSocket.last.welcome();
  const first = socket.request({ type: 'read', conversation: 'a', seq: 1 });
  const second = socket.request({ type: 'ping' });

  FakeSocket.last.answer('ping', { type: 'pong' });
  FakeSocket.last.answer('read', { type: 'done' });

  expect((await first).type).toBe('done');
  expect((await second).type).toBe('pong');
});

test('a refusal rejects the question with its code', async () => {
  FakeSocket.last.welcome();
  const question = socket.request({ type: 'open', conversation: 'a', cursor: null });

  FakeSocket.last.answer('open', { type: 'refused', code: 'not_found', title: 'Introuvable' });

  await expect(question).rejects.toEqual(new Refusal('not_found', 'Introuvable'));
});

test('questions without an answer are told when the line is lost', async () => {
  FakeSocket.last.welcome();
  const question = socket.request({ type: 'ping' });

  FakeSocket.last.hangUp(1006);

  await expect(question).rejects.toBeInstanceOf(LineLost);
});

test('each try waits longer, and a welcome forgives', () => {
  FakeSocket.last.hangUp(1006);
  vi.advanceTimersByTime(499);
  expect(FakeSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(2);
  FakeSocket.last.hangUp(1006);
  vi.advanceTimersByTime(999);
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(3);

  FakeSocket.last.welcome();
  FakeSocket.last.hangUp(CloseCode.SLOW);
  vi.advanceTimersByTime(500);

  expect(FakeSocket.all).toHaveLength(4);
});

test('who changed comes back at once, who flooded after ten seconds', () => {
  FakeSocket.last.welcome();
  FakeSocket.last.hangUp(CloseCode.IDENTITY);
  expect(FakeSocket.all).toHaveLength(2);

  FakeSocket.last.welcome();
  FakeSocket.last.hangUp(CloseCode.FLOOD);
  vi.advanceTimersByTime(9_999);
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(501);

  expect(FakeSocket.all).toHaveLength(3);
});

test('a code from 4500 on means: do not come back, until asked', () => {
  FakeSocket.last.welcome();
  FakeSocket.last.hangUp(CloseCode.TOO_MANY);
  vi.advanceTimersByTime(600_000);

  expect(socket.state).toBe('stopped');
  expect(FakeSocket.all).toHaveLength(1);

  socket.restart();

  expect(FakeSocket.all).toHaveLength(2);
});

test('a line that stays quiet is asked, and given up when it does not answer', () => {
  FakeSocket.last.welcome();
  vi.advanceTimersByTime(45_000);
  expect(FakeSocket.last.asked('ping')).toHaveLength(1);

  vi.advanceTimersByTime(10_000);

  expect(socket.state).toBe('waiting');
});

test('a page that comes back to sight does not wait for its turn', () => {
  FakeSocket.last.welcome();
  for (let i = 0; i < 5; i++) {
    FakeSocket.last.hangUp(1006);
    vi.advanceTimersByTime(20_000);
  }
  FakeSocket.last.hangUp(1006);
  const before = FakeSocket.all.length;

  window.dispatchEvent(new Event('online'));

  expect(FakeSocket.all).toHaveLength(before + 1);
});

test('a device without any network has lost the line at once', () => {
  FakeSocket.last.welcome();

  window.dispatchEvent(new Event('offline'));

  expect(socket.state).toBe('waiting');
});

test('a frame that is not JSON harms nobody', () => {
  FakeSocket.last.welcome();

  FakeSocket.last.onmessage?.({ data: '{"type":' });
  FakeSocket.last.onmessage?.({ data: new Blob() });

  expect(socket.state).toBe('online');
});

test('a socket that was given up can say nothing more', () => {
  const old = FakeSocket.last;
  socket.restart();

  old.welcome();

  expect(socket.state).toBe('connecting');
});
