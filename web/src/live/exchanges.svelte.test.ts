import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Exchange, ExchangeState, Message } from '../protocol';
import { Exchanges, type Dialog } from './exchanges.svelte';
import { ANA, BO, DIALOG, exchange, message } from './fakes';

/** A dialog whose messages the test writes. */
class Talk implements Dialog {
  id = DIALOG;
  state = $state('ready');
  messages = $state.raw<readonly Message[]>([]);
  resets = $state(1);
}

let talk: Talk;
let exchanges: Exchanges;
/** What the server has, newest first, and how often it was asked. */
let standing: Exchange[];
let asked: number;
let down: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  [standing, asked, down] = [[], 0, false];
  talk = new Talk();
});
afterEach(() => {
  exchanges.leave();
  vi.useRealTimers();
});

async function arrive(): Promise<void> {
  const get = async () => {
    asked += 1;
    const answer = { exchanges: [...standing] };
    await Promise.resolve();
    if (down) throw new Error('503');
    return answer;
  };
  exchanges = new Exchanges(talk, { get: get as never });
  await settle();
}
async function settle(): Promise<void> {
  flushSync();
  await vi.advanceTimersByTimeAsync(0);
}

/** The clock, a party or a moderator takes a step: the server has it, and a card tells of it. */
function step(state: ExchangeState, change: Partial<Exchange> = {}): Message {
  const known = standing.find((one) => one.id === (change.id ?? exchange({}).id));
  const version = (known?.version ?? 0) + 1;
  const after = exchange({
    ...known,
    ...change,
    state,
    version,
    updated_at: `2026-11-25T10:${version}0:00Z`,
  });
  standing = [after, ...standing.filter((one) => one.id !== after.id)];
  const seq = standing.reduce((sum, one) => sum + one.version, 0);
  return message(seq, { text: null, card: { step: 'propose', by: BO, words: null, exchange: after } });
}
const hear = (...heard: Message[]) => (talk.messages = [...talk.messages, ...heard]);

test('what was under way on arriving is known, and nothing that is over', async () => {
  step('declined', { id: 'old' });
  step('accepted');

  await arrive();

  expect(exchanges.known).toBe(true);
  expect(exchanges.underWay).toMatchObject({ state: 'accepted' });
  expect(exchanges.all).toHaveLength(2);
});

test('a card tells how an exchange stands, without asking', async () => {
  await arrive();
  hear(step('proposed'), step('accepted'));
  await settle();
  expect(exchanges.underWay?.state).toBe('accepted');

  hear(step('confirmed'));
  await settle();

  expect(exchanges.underWay).toBeNull();
  expect(asked).toBe(1);
});

test('cards that overtake each other leave the last one standing', async () => {
  await arrive();
  const [first, second] = [step('proposed'), step('accepted')];

  hear(second);
  await settle();
  hear(first);
  await settle();

  expect(exchanges.underWay?.state).toBe('accepted');
});

test('the answer to one’s own step shows before its card, and the card after changes nothing', async () => {
  step('proposed');
  await arrive();
  const card = step('accepted');

  exchanges.take(card.card!.exchange);
  expect(exchanges.underWay?.state).toBe('accepted');
  hear(card);
  await settle();

  expect(exchanges.all).toHaveLength(1);
});

test('messages that begin anew have it asked for again, and forget nothing meanwhile', async () => {
  await arrive();
  hear(step('proposed'), step('accepted'));
  await settle();

  step('done');
  talk.messages = [message(90)];
  talk.resets += 1;
  flushSync();
  expect(exchanges.underWay?.state).toBe('accepted');
  await settle();

  expect(exchanges.underWay?.state).toBe('done');
  expect(asked).toBe(2);
});

test('a server that does not answer is asked again, until nobody looks any more', async () => {
  down = true;
  await arrive();
  expect(exchanges.known).toBe(false);

  down = false;
  step('proposed');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(exchanges.underWay?.state).toBe('proposed');

  exchanges.leave();
  down = true;
  await exchanges.fetch();
  const before = asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(before);
});

test('before the messages are here nothing is asked', async () => {
  talk.state = 'loading';
  await arrive();
  expect(asked).toBe(0);

  talk.state = 'ready';
  await settle();

  expect(asked).toBe(1);
});

test('snapshot and cards are the same as a fresh snapshot, at whatever moment one comes', async () => {
  const life: (() => Message)[] = [
    () => step('proposed', { id: 'first' }),
    () => step('declined', { id: 'first' }),
    () => step('proposed', { id: 'second' }),
    () => step('proposed', { id: 'second', smiles: 5 }),
    () => step('accepted', { id: 'second' }),
    () => step('done', { id: 'second' }),
    () => step('confirmed', { id: 'second', to_helper: 5 }),
    () => step('proposed', { id: 'third', helper: ANA, beneficiary: BO }),
  ];

  for (let arrival = 0; arrival <= life.length; arrival++) {
    [standing, talk] = [[], new Talk()];
    const before = life.slice(0, arrival).map((happen) => happen());
    talk.messages = before.slice(-2);
    await arrive();
    const after = life.slice(arrival).map((happen) => happen());
    hear(...after.reverse(), ...after.slice(0, 1));
    await settle();

    const sorted = (all: readonly Exchange[]) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(sorted(exchanges.all)).toEqual(sorted(standing));
    exchanges.leave();
  }
});

test('that moderators may read the dialog is learned without a new version, and not unlearned by an old card', async () => {
  const dispute = step('disputed');
  talk.messages = [dispute];
  await arrive();
  const known = exchanges.underWay;

  exchanges.take({ ...standing[0]!, shared: true });
  talk.messages = [dispute, message(2)];
  await settle();

  expect(known?.shared).not.toBe(true);
  expect(exchanges.underWay?.shared).toBe(true);
});

test('that the other one shares the dialog is learned from the card of the dispute, told anew', async () => {
  const dispute = step('disputed');
  talk.messages = [dispute];
  await arrive();

  const exchange = { ...dispute.card!.exchange, shared: true };
  talk.messages = [{ ...dispute, change: dispute.change + 1, card: { ...dispute.card!, exchange } }];
  await settle();

  expect(exchanges.all).toHaveLength(1);
  expect(exchanges.underWay?.shared).toBe(true);
});
