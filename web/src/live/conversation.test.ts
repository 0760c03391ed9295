import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message, Opened } from '../protocol';
import { Conversations } from './conversations';
import type { OpenConversation } from './conversation.svelte';
import { ANA, BO, DIALOG, FakeSocket, LISTING, message } from './fakes';
import { Outgoing } from './outgoing.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let conversations: Conversations;
let dialog: OpenConversation;
let earlierPage: Message[];
let moreBefore: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  FakeSocket.all = [];
  earlierPage = [];
  moreBefore = false;
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  const rest = { get: async () => ({ messages: earlierPage, earlier: moreBefore }) };
  conversations = new Conversations(socket, rest as never, new Outgoing(socket, localStorage));
  socket.start();
  FakeSocket.last.welcome(ANA);
  dialog = conversations.hold(DIALOG, LISTING);
});

afterEach(() => {
  conversations.release(DIALOG);
  socket.stop();
  vi.useRealTimers();
});

function opened(messages: Message[], change: Partial<Opened> = {}): void {
  FakeSocket.last.answer('open', {
    type: 'opened',
    conversation: DIALOG,
    reset: true,
    messages,
    cursor: Math.max(0, ...messages.map((one) => one.change)),
    earlier: false,
    reads: {},
    present: [],
    listing_version: 1,
    ...change,
  });
}
const hear = (...heard: Message[]) =>
  heard.forEach((one) => FakeSocket.last.tell({ type: 'message', message: one }));
const texts = () => dialog.messages.map((one) => one.text);

test('messages stand in their order, whatever order they came in', () => {
  opened([message(1)]);

  hear(message(3), message(2));

  expect(texts()).toEqual(['message 1', 'message 2', 'message 3']);
  expect(dialog.cursor).toBe(3);
});

test('a message told twice stands once', () => {
  opened([message(1)]);

  hear(message(2), message(2));

  expect(texts()).toEqual(['message 1', 'message 2']);
});

test('a gap that heals by itself asks for nothing', () => {
  opened([message(1)]);

  hear(message(3));
  vi.advanceTimersByTime(200);
  hear(message(2));
  vi.advanceTimersByTime(2000);

  expect(FakeSocket.last.asked('open')).toHaveLength(1);
});

test('a gap that stays is asked for from the cursor, and filled', () => {
  opened([message(1)]);
  hear(message(4));
  vi.advanceTimersByTime(500);
  expect(FakeSocket.last.asked('open').at(-1)?.cursor).toBe(1);

  opened([message(2), message(3), message(4)], { reset: false });

  expect(texts()).toEqual(['message 1', 'message 2', 'message 3', 'message 4']);
  expect(dialog.cursor).toBe(4);
});

test('coming back asks from the cursor and gets exactly what was missed', () => {
  opened([message(1), message(2)]);
  FakeSocket.last.hangUp(1006);
  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(ANA);
  expect(FakeSocket.last.asked('open')).toMatchObject([{ cursor: 2 }]);

  opened([message(1, { change: 4, text: 'worded anew' }), message(3)], { reset: false });

  expect(texts()).toEqual(['worded anew', 'message 2', 'message 3']);
});

test('what came live while the answer was on its way is not lost by a reset', () => {
  hear(message(3));

  opened([message(1), message(2)]);

  expect(texts()).toEqual(['message 1', 'message 2', 'message 3']);
  expect(dialog.cursor).toBe(3);
});

test('after a reset nothing of before is left', () => {
  opened([message(1), message(2)]);
  FakeSocket.last.hangUp(4003);
  FakeSocket.last.welcome(ANA);

  opened([message(8), message(9)], { earlier: true });

  expect(texts()).toEqual(['message 8', 'message 9']);
  expect(dialog.earlier).toBe(true);
});

test('an edit that was overtaken by the deletion changes nothing', () => {
  opened([message(1)]);

  hear(message(1, { change: 3, state: 'deleted', text: null }));
  hear(message(1, { change: 2, text: 'worded anew' }));

  expect(dialog.messages[0]?.state).toBe('deleted');
  expect(dialog.cursor).toBe(3);
});

const LEFT = { ...BO, name: 'Ancien membre' };
const authors = () => dialog.messages.map((one) => one.author.name);

test('who has left is called otherwise in all that they wrote, by the one message that tells it', () => {
  opened([message(1), message(2, { author: ANA }), message(3), message(4)]);

  hear(message(4, { change: 5, author: LEFT }));

  expect(authors()).toEqual(['Ancien membre', 'Ana', 'Ancien membre', 'Ancien membre']);
  expect(dialog.messages[0]?.change).toBe(1);
});

test('who comes back learns that somebody has left, and what came late changes it no more', () => {
  opened([message(1), message(2)]);

  opened([message(2, { change: 6, author: LEFT })], { reset: false, cursor: 6 });
  hear(message(1, { change: 5, text: 'worded anew' }));
  hear(message(3, { change: 7, author: ANA }));

  expect(authors()).toEqual(['Ancien membre', 'Ancien membre', 'Ana']);
});

test('it is learned too from a message that came before what is shown', async () => {
  opened([message(5), message(6)], { earlier: true });

  hear(message(2, { change: 7, author: LEFT }));

  expect(texts()).toEqual(['message 5', 'message 6']);
  expect(authors()).toEqual(['Ancien membre', 'Ancien membre']);
});

test('an older page, and a look without the socket, bring the names of today', async () => {
  opened([message(3), message(4)], { earlier: true });

  earlierPage = [message(1), message(2, { author: ANA })];
  hear(message(4, { change: 5, author: LEFT }));
  await dialog.loadEarlier();
  expect(authors()).toEqual(['Ancien membre', 'Ana', 'Ancien membre', 'Ancien membre']);
});

test('a message posted shows at once and becomes the stored one', async () => {
  opened([message(1)]);
  dialog.send('Bonjour');
  expect(dialog.drafts).toMatchObject([{ text: 'Bonjour', state: 'sending' }]);
  const id = dialog.drafts[0]!.id;

  FakeSocket.last.answer('send', { type: 'sent', message: message(2, { id, author: ANA, text: 'Bonjour' }) });
  await vi.advanceTimersByTimeAsync(0);

  expect(dialog.drafts).toEqual([]);
  expect(texts()).toEqual(['message 1', 'Bonjour']);
});

test('a message of one’s own told by the stream before its answer stands once', async () => {
  opened([]);
  dialog.send('Bonjour');
  const stored = message(1, { id: dialog.drafts[0]!.id, author: ANA, text: 'Bonjour' });

  hear(stored);
  FakeSocket.last.answer('send', { type: 'sent', message: stored });
  await vi.advanceTimersByTimeAsync(0);

  expect(dialog.drafts).toEqual([]);
  expect(texts()).toEqual(['Bonjour']);
});

test('older messages come before, and do not move the cursor', async () => {
  opened([message(5)], { earlier: true });
  earlierPage = [message(3), message(4, { change: 9 })];

  await dialog.loadEarlier();

  expect(dialog.messages.map((one) => one.seq)).toEqual([3, 4, 5]);
  expect(dialog.cursor).toBe(5);
  expect(dialog.earlier).toBe(false);
});

test('an edit of a message from before the page leaves no hole in it', () => {
  opened([message(5), message(6)], { earlier: true });

  hear(message(1, { change: 7, text: 'worded anew' }));

  expect(texts()).toEqual(['message 5', 'message 6']);
  expect(dialog.cursor).toBe(7);
});

test('who types is forgotten after six seconds, or when their message comes', () => {
  opened([]);
  FakeSocket.last.tell({ type: 'typing', conversation: DIALOG, member: BO });
  expect(dialog.typing).toEqual([BO]);
  hear(message(1));
  expect(dialog.typing).toEqual([]);

  FakeSocket.last.tell({ type: 'typing', conversation: DIALOG, member: BO });
  vi.advanceTimersByTime(6000);

  expect(dialog.typing).toEqual([]);
});

test('typing is said every four seconds, not at every key', () => {
  opened([]);

  for (let key = 0; key < 50; key++) {
    dialog.sayTyping();
    vi.advanceTimersByTime(100);
  }

  expect(FakeSocket.last.asked('typing')).toHaveLength(2);
});

test('reading is said once per message, and never backwards', () => {
  opened([message(1), message(2)]);

  [2, 2, 1].forEach((seq) => dialog.markRead(seq));

  expect(FakeSocket.last.asked('read')).toMatchObject([{ seq: 2 }]);
});

test('a reader who may not enter is told why', async () => {
  FakeSocket.last.answer('open', { type: 'refused', code: 'not_found', title: 'Introuvable' });
  await vi.advanceTimersByTimeAsync(0);

  expect(dialog.state).toBe('refused');
  expect(dialog.reason).toBe('Introuvable');
});

test('another reader on the same page sees nothing of the last one’s', () => {
  opened([message(1)]);
  FakeSocket.last.hangUp(4003);

  FakeSocket.last.welcome(BO);

  expect(dialog.messages).toEqual([]);
  expect(FakeSocket.last.asked('open')).toMatchObject([{ cursor: null }]);
});

test('a conversation held twice is left once, when the last lets go', () => {
  conversations.hold(DIALOG, LISTING);

  conversations.release(DIALOG);
  expect(FakeSocket.last.asked('close')).toHaveLength(0);
  conversations.release(DIALOG);

  expect(FakeSocket.last.asked('close')).toHaveLength(1);
});

test('where no socket gets through, the newest page comes by REST; the socket counts again', async () => {
  FakeSocket.last.hangUp(1006);
  earlierPage = [message(1), message(2)];

  await dialog.fetch();

  expect(dialog.state).toBe('ready');
  expect(texts()).toEqual(['message 1', 'message 2']);

  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(ANA);
  opened([message(1), message(2), message(3)]);
  expect(texts()).toEqual(['message 1', 'message 2', 'message 3']);
});

test('a page by REST that is far ahead of what is here leaves no silent gap', async () => {
  opened([message(1)]);
  FakeSocket.last.hangUp(1006);
  earlierPage = [message(8), message(9)];
  moreBefore = true;

  await dialog.fetch();

  expect(texts()).toEqual(['message 8', 'message 9']);
  expect(dialog.earlier).toBe(true);
});
