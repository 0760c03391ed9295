import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AnyEvent, Pin } from '../protocol';
import { FakeSocket, pin } from './fakes';
import { PinStore } from './pins.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let store: PinStore;
let around: Pin[];
const HERE = { at: { lon: 7.3388, lat: 47.7508 }, scale: 'mile', layers: ['request', 'offer'] } as const;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  around = [];
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  const rest = async () => ({ features: around.map((properties) => ({ properties })) });
  store = new PinStore(socket, { post: rest as never });
  socket.start();
  store.look(HERE);
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

const tell = (event: AnyEvent) => FakeSocket.last.tell(event);
const view = (entered: Pin[], reset = true, left: string[] = []): AnyEvent => ({
  type: 'view',
  reset,
  entered,
  left,
});
const titles = () => store.pins.map((one) => one.title).sort();

test('the view is asked for as soon as there is a line, and again on the next one', () => {
  FakeSocket.last.welcome();
  expect(FakeSocket.last.asked('watch')).toMatchObject([HERE]);

  FakeSocket.last.hangUp(4003);
  FakeSocket.last.welcome();

  expect(FakeSocket.last.asked('watch')).toHaveLength(1);
});

test('what the page brought along is shown until the first view, which replaces it', () => {
  store.begin([pin({ id: 'a', title: 'A' }), pin({ id: 'b', title: 'B' })]);
  expect(titles()).toEqual(['A', 'B']);
  expect(store.known).toBe(false);

  FakeSocket.last.welcome();
  tell(view([pin({ id: 'b', title: 'B' })]));

  expect(titles()).toEqual(['B']);
  expect(store.known).toBe(true);
});

test('after a move only the difference comes, and the rest stays', () => {
  FakeSocket.last.welcome();
  tell(view([pin({ id: 'a', title: 'A' }), pin({ id: 'b', title: 'B' })]));

  tell(view([pin({ id: 'c', title: 'C' })], false, ['a']));

  expect(titles()).toEqual(['B', 'C']);
});

test('a whole view replaces what was there', () => {
  FakeSocket.last.welcome();
  tell(view([pin({ id: 'a', title: 'A' })]));

  tell(view([pin({ id: 'b', title: 'B' })]));

  expect(titles()).toEqual(['B']);
});

test('an older version never replaces a newer one', () => {
  FakeSocket.last.welcome();
  tell({ type: 'pin', pin: pin({ id: 'a', title: 'new', version: 3 }) });

  tell({ type: 'pin', pin: pin({ id: 'a', title: 'old', version: 2 }) });
  tell({ type: 'gone', id: 'a', version: 2, reason: 'ended' });

  expect(titles()).toEqual(['new']);
});

test('what has ended does not come back by a late frame', () => {
  FakeSocket.last.welcome();
  tell({ type: 'pin', pin: pin({ id: 'a', version: 1 }) });
  tell({ type: 'gone', id: 'a', version: 3, reason: 'ended' });

  tell({ type: 'pin', pin: pin({ id: 'a', version: 2 }) });

  expect(store.pins).toEqual([]);
});

test('what was pushed out may come back unchanged', () => {
  FakeSocket.last.welcome();
  tell({ type: 'pin', pin: pin({ id: 'a', version: 1 }) });
  tell({ type: 'gone', id: 'a', version: 1, reason: 'left' });

  tell({ type: 'pin', pin: pin({ id: 'a', version: 1 }) });

  expect(store.pins).toHaveLength(1);
});

test('the same pin told twice is one pin, and arrives once', () => {
  const arrived: string[] = [];
  store.onarrived = (pins) => arrived.push(...pins.map((one) => one.id));
  FakeSocket.last.welcome();
  tell(view([]));

  tell({ type: 'pin', pin: pin({ id: 'a' }) });
  tell({ type: 'pin', pin: pin({ id: 'a' }) });

  expect(store.pins).toHaveLength(1);
  expect(arrived).toEqual(['a']);
});

test('what is done says farewell on the map, and is out of the list at once', () => {
  FakeSocket.last.welcome();
  tell(view([pin({ id: 'a' })]));

  tell({ type: 'gone', id: 'a', version: 2, reason: 'done' });

  expect(store.list).toEqual([]);
  expect(store.shown.map((one) => one.state)).toEqual(['done']);
  vi.advanceTimersByTime(5000);
  expect(store.shown).toEqual([]);
});

test('the list is nearest first, from where the avatar is now', () => {
  FakeSocket.last.welcome();
  tell(view([pin({ id: 'east', lon: 7.35 }), pin({ id: 'west', lon: 7.33 })]));
  expect(store.list.map((near) => near.pin.id)).toEqual(['west', 'east']);

  store.look({ ...HERE, at: { lon: 7.349, lat: 47.7508 } });

  expect(store.list.map((near) => near.pin.id)).toEqual(['east', 'west']);
});

test('an avatar that is dragged asks now and then, and last from where it stands', () => {
  FakeSocket.last.welcome();
  vi.advanceTimersByTime(1000);
  const before = FakeSocket.last.asked('watch').length;

  for (let step = 1; step <= 50; step++) {
    store.look({ ...HERE, at: { lon: 7.3 + step / 1000, lat: 47.75 } });
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1000);

  const asked = FakeSocket.last.asked('watch').slice(before);
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(asked.at(-1)?.at).toEqual({ lon: 7.35, lat: 47.75 });
});

test('where no socket gets through, the list comes all the same', async () => {
  around = [pin({ id: 'a', title: 'A' })];

  await vi.advanceTimersByTimeAsync(3000);

  expect(titles()).toEqual(['A']);
});
