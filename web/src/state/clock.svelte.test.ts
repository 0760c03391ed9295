import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ago } from '../i18n/format';
import { now } from './clock.svelte';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-23T10:00:00Z') }));
afterEach(() => void vi.useRealTimers());

test('a time that is shown goes on by itself, and no timer runs when none is', () => {
  const said: string[] = [];
  const stop = $effect.root(() => {
    $effect(() => void said.push(ago('2026-11-23T09:55:00Z', now())));
    $effect(() => void now());
  });
  flushSync();
  expect(vi.getTimerCount()).toBe(1);

  vi.advanceTimersByTime(60_000);
  flushSync();
  stop();

  expect(said[0]).toContain('5');
  expect(said.at(-1)).toContain('6');
});
