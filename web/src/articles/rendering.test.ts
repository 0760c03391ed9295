import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import { Rendering } from './rendering.svelte';

type Asked = {
  text: string;
  answer: (html: string) => void;
  fail: () => void;
  refuse: (why: Problem) => void;
};

let asked: Asked[];
let welcome: () => void;
let rendering: Rendering;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  const server = {
    post: <T>(_path: string, body: unknown) =>
      new Promise<T>((resolve, reject) => {
        const { text } = body as { text: string };
        asked.push({
          text,
          answer: (html) => resolve({ html } as T),
          fail: () => reject(new Problem('offline', '', 0)),
          refuse: reject,
        });
      }),
  };
  const socket = {
    on: (_type: string, told: () => void) => {
      welcome = told;
      return () => undefined;
    },
  };
  rendering = new Rendering(server, socket as never);
});
afterEach(() => {
  rendering.leave();
  vi.useRealTimers();
});

const pause = () => vi.advanceTimersByTimeAsync(2000);
const settled = () => vi.advanceTimersByTimeAsync(0);

test('while one types on, nothing is asked', async () => {
  rendering.show('U');
  await pause();
  for (const text of ['Un', 'Un ', 'Un m', 'Un ma']) rendering.show(text);
  expect(asked.map((one) => one.text)).toEqual(['U']);

  await pause();

  expect(asked.map((one) => one.text)).toEqual(['U', 'Un ma']);
});

test('an answer that comes late does not replace the newer one', async () => {
  rendering.show('old');
  await pause();
  rendering.show('new');
  await pause();
  asked[1]!.answer('<p>new</p>');
  await settled();

  asked[0]!.answer('<p>old</p>');
  await settled();

  expect(rendering.html).toBe('<p>new</p>');
  expect(rendering.state).toBe('ready');
});

test('without a line it says so, and asks when the line is back', async () => {
  rendering.show('Marché');
  await pause();
  asked[0]!.fail();
  await settled();
  expect(rendering.state).toBe('away');

  welcome();
  asked[1]!.answer('<p>Marché</p>');
  await settled();

  expect([rendering.state, rendering.html]).toEqual(['ready', '<p>Marché</p>']);
});

test('a refusal is told as the server words it', async () => {
  rendering.show('x'.repeat(20_001));
  await pause();

  asked[0]!.refuse(new Problem('text_too_long', 'Ce texte est trop long.', 422));
  await settled();

  expect([rendering.state, rendering.reason]).toEqual(['refused', 'Ce texte est trop long.']);
});

test('nobody is asked for who is not signed in, until they are', async () => {
  rendering.show('Marché', false);
  await pause();
  expect([asked.length, rendering.state]).toEqual([0, 'unknown']);

  rendering.show('Marché');
  await pause();

  expect(asked.map((one) => one.text)).toEqual(['Marché']);
});

test('however one types, the server is asked less than sixty times a minute', async () => {
  for (let at = 0; at < 120; at += 1) {
    rendering.show('x'.repeat(at + 1));
    await vi.advanceTimersByTimeAsync(500);
  }

  expect(asked.length).toBeGreaterThan(20);
  expect(asked.length).toBeLessThan(60);
});

test('an emptied text shows nothing', async () => {
  rendering.show('Marché');
  await pause();
  asked[0]!.answer('<p>Marché</p>');
  await settled();

  rendering.show('  ');

  expect([rendering.state, rendering.html]).toEqual(['blank', '']);
});
