import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import { ANA, BO, DIALOG, FakeSocket, LISTING, message } from './fakes';
import { firstTo, Outgoing } from './outgoing.svelte';
import { LiveSocket } from './socket';

let socket: LiveSocket;
let outgoing: Outgoing;
/** What the server answers to each wish for a dialog, in turn. */
let dialogs: (string | Problem)[];
let restWorks: boolean;
/** What came by REST. */
let posted: string[];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  FakeSocket.all = [];
  dialogs = [];
  [restWorks, posted] = [true, []];
  openPage();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

/** A page on this browser, new or loaded again. */
function openPage(): void {
  socket?.stop();
  socket = new LiveSocket({
    url: 'ws://street/live',
    create: () => new FakeSocket() as unknown as WebSocket,
  });
  outgoing = new Outgoing(
    socket,
    localStorage,
    async () => {
      const answer = dialogs.shift() ?? new Problem('offline', '', 0);
      if (answer instanceof Problem) throw answer;
      return answer;
    },
    async (draft) => {
      if (!restWorks) throw new Problem('offline', '', 0);
      posted.push(draft.text);
      return message(1, { id: draft.id, conversation: draft.conversation, author: ANA, text: draft.text });
    },
  );
  socket.start();
}
const sent = () => FakeSocket.all.flatMap((one) => one.asked('send')).map((command) => command.text);
async function acknowledge(): Promise<void> {
  const { id, text } = FakeSocket.last.asked('send').at(-1) as { id: string; text: string };
  FakeSocket.last.answer('send', { type: 'sent', message: message(1, { id, author: ANA, text }) });
  await vi.advanceTimersByTimeAsync(0);
}

test('messages leave in the order they were written, one after the other', async () => {
  FakeSocket.last.welcome(ANA);
  outgoing.add(DIALOG, 'one');
  outgoing.add(DIALOG, 'two');
  expect(sent()).toEqual(['one']);

  await acknowledge();

  expect(sent()).toEqual(['one', 'two']);
});

test('what was written without a line leaves when it is back', async () => {
  FakeSocket.last.welcome(ANA);
  FakeSocket.last.hangUp(1006);
  outgoing.add(DIALOG, 'one');
  expect(outgoing.queued).toBe(1);

  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(ANA);
  await acknowledge();

  expect(sent()).toEqual(['one']);
  expect(outgoing.queued).toBe(0);
});

test('what was not acknowledged survives a reload and leaves under the same id', () => {
  FakeSocket.last.welcome(ANA);
  const { id } = outgoing.add(DIALOG, 'one');

  openPage();
  FakeSocket.last.welcome(ANA);

  expect(FakeSocket.last.asked('send')).toMatchObject([{ id, text: 'one' }]);
});

test('what was acknowledged does not leave again after a reload', async () => {
  FakeSocket.last.welcome(ANA);
  outgoing.add(DIALOG, 'one');
  await acknowledge();

  openPage();
  FakeSocket.last.welcome(ANA);

  expect(sent()).toEqual(['one']);
  expect(outgoing.drafts).toEqual([]);
});

test('a refused message stays in place, and the next one leaves', async () => {
  FakeSocket.last.welcome(ANA);
  outgoing.add(DIALOG, 'one');
  outgoing.add(DIALOG, 'two');

  FakeSocket.last.answer('send', { type: 'refused', code: 'closed', title: 'Fermé' });
  await vi.advanceTimersByTimeAsync(0);

  expect(outgoing.drafts).toMatchObject([{ text: 'one', state: 'failed', reason: 'Fermé' }, { text: 'two' }]);
  expect(sent()).toEqual(['one', 'two']);
});

test('a refused message can be tried again, or given up', async () => {
  FakeSocket.last.welcome(ANA);
  const { id } = outgoing.add(DIALOG, 'one');
  FakeSocket.last.answer('send', { type: 'refused', code: 'closed', title: 'Fermé' });
  await vi.advanceTimersByTimeAsync(0);

  outgoing.retry(id);
  expect(sent()).toEqual(['one', 'one']);
  outgoing.discard(id);

  expect(outgoing.drafts).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

test('another member on this browser neither sees nor sends it', () => {
  FakeSocket.last.welcome(ANA);
  FakeSocket.last.hangUp(1006);
  outgoing.add(DIALOG, 'from Ana');

  vi.advanceTimersByTime(1000);
  FakeSocket.last.welcome(BO);

  expect(outgoing.drafts).toEqual([]);
  expect(sent()).toEqual([]);
});

test('a first message makes the dialog and leaves in it', async () => {
  dialogs = [DIALOG];
  FakeSocket.last.welcome(ANA);
  outgoing.add(firstTo(LISTING), 'one');
  outgoing.add(firstTo(LISTING), 'two');
  await vi.advanceTimersByTimeAsync(0);
  await acknowledge();

  expect(outgoing.opened[LISTING]).toBe(DIALOG);
  expect(FakeSocket.last.asked('send')).toMatchObject([
    { conversation: DIALOG, text: 'one' },
    { conversation: DIALOG, text: 'two' },
  ]);
});

test('a first message whose dialog got no answer leaves once when the line is back', async () => {
  FakeSocket.last.welcome(ANA);
  const { id } = outgoing.add(firstTo(LISTING), 'one');
  await vi.advanceTimersByTimeAsync(0);
  expect(outgoing.of(firstTo(LISTING))).toMatchObject([{ id, state: 'queued' }]);

  openPage();
  dialogs = [DIALOG];
  FakeSocket.last.welcome(ANA);
  await vi.advanceTimersByTimeAsync(0);
  await acknowledge();

  expect(FakeSocket.all.flatMap((one) => one.asked('send'))).toMatchObject([{ id, conversation: DIALOG }]);
  expect(outgoing.drafts).toEqual([]);
});

test('a first message that may not be written stays in place and says why', async () => {
  dialogs = [new Problem('unverified', 'Confirmez votre adresse', 403), DIALOG];
  FakeSocket.last.welcome(ANA);
  const { id } = outgoing.add(firstTo(LISTING), 'one');
  await vi.advanceTimersByTimeAsync(0);
  expect(outgoing.drafts).toMatchObject([{ state: 'failed', reason: 'Confirmez votre adresse' }]);

  outgoing.retry(id);
  await vi.advanceTimersByTimeAsync(0);

  expect(sent()).toEqual(['one']);
});

test('where no socket gets through, messages leave by REST, in their order', async () => {
  outgoing.identify(ANA.id);
  outgoing.add(DIALOG, 'one');
  outgoing.add(DIALOG, 'two');

  await outgoing.detour();

  expect(posted).toEqual(['one', 'two']);
  expect(outgoing.drafts).toEqual([]);
});

test('what is written while REST is tried leaves at once', async () => {
  outgoing.identify(ANA.id);
  await outgoing.detour();

  outgoing.add(DIALOG, 'one');
  await vi.advanceTimersByTimeAsync(0);

  expect(posted).toEqual(['one']);
});

test('a first message makes its dialog by REST too', async () => {
  outgoing.identify(ANA.id);
  dialogs = [DIALOG];
  outgoing.add(firstTo(LISTING), 'Bonjour');
  await vi.advanceTimersByTimeAsync(0);

  await outgoing.detour();

  expect(posted).toEqual(['Bonjour']);
});

test('without any network they go on waiting', async () => {
  restWorks = false;
  outgoing.identify(ANA.id);
  outgoing.add(DIALOG, 'one');

  await outgoing.detour();

  expect(outgoing.of(DIALOG)).toMatchObject([{ text: 'one', state: 'queued' }]);
});

test('a dialog that is wanted for more than a message is asked for once, and what waits leaves in it', async () => {
  dialogs = [new Problem('offline', '', 0), DIALOG];
  FakeSocket.last.welcome(ANA);
  outgoing.add(firstTo(LISTING), 'one');
  await vi.advanceTimersByTimeAsync(0);

  expect(await outgoing.begin(LISTING)).toBe(DIALOG);
  expect(await outgoing.begin(LISTING)).toBe(DIALOG);

  expect(outgoing.opened).toEqual({ [LISTING]: DIALOG });
  expect(sent()).toEqual(['one']);
});
