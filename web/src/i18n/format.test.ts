import { afterEach, expect, test } from 'vitest';
import { day, dayHeading, fullTime, time } from './format';
import { language } from './index.svelte';

// Local moments: what is shown is by the clock of the reader's device, whichever it is.
const NOW = new Date(2026, 10, 25, 10).getTime();
const FIRST = new Date(2026, 11, 1, 15, 45).toISOString();

afterEach(() => language.use('fr'));

test('in French a month has a first day, and then numbers', async () => {
  expect(day(FIRST, NOW)).toBe('1er décembre');
  expect(dayHeading(FIRST, NOW)).toBe('mardi 1er décembre');
  expect(fullTime(FIRST)).toContain('1er décembre');
  expect(day(new Date(2026, 11, 11, 9).toISOString(), NOW)).toBe('11 décembre');

  await language.use('en');

  expect(day(FIRST, NOW)).toBe('1 December');
});

test('an hour has two digits in both languages', async () => {
  const early = new Date(2026, 11, 1, 9, 5).toISOString();
  expect(time(early)).toBe('09:05');

  await language.use('en');

  expect(time(early)).toBe('09:05');
});
