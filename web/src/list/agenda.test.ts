import { expect, test } from 'vitest';
import { pin } from '../live/fakes';
import { isShown, nextAfter } from './agenda';

// A Thursday, by the device's own clock.
const TODAY = new Date(2026, 11, 3).getTime();
const event = (starts: Date, ends: Date) => ({
  ...pin({ id: 'fete' }),
  kind: 'mag' as const,
  starts_at: starts.toISOString(),
  ends_at: ends.toISOString(),
});
const on = (day: number, from: number, to: number) =>
  event(new Date(2026, 11, day, from), new Date(2026, 11, day, to));

test('what is of today is of this week too', () => {
  const tonight = on(3, 18, 21);

  expect([isShown(tonight, 'today', TODAY), isShown(tonight, 'week', TODAY)]).toEqual([true, true]);
});

test('a week ends with its Sunday', () => {
  expect([isShown(on(6, 20, 23), 'today', TODAY), isShown(on(6, 20, 23), 'week', TODAY)]).toEqual([
    false,
    true,
  ]);
  expect(isShown(on(7, 0, 3), 'week', TODAY)).toBe(false);
  expect(isShown(on(7, 0, 3), 'all', TODAY)).toBe(true);
});

test('on a Sunday this week is today', () => {
  const sunday = new Date(2026, 11, 6).getTime();

  expect(isShown(on(6, 20, 23), 'week', sunday)).toBe(true);
  expect(isShown(on(7, 10, 12), 'week', sunday)).toBe(false);
});

test('what began before and goes on is of today', () => {
  expect(isShown(event(new Date(2026, 10, 20), new Date(2026, 11, 24)), 'today', TODAY)).toBe(true);
});

test('what is over since yesterday is of no day', () => {
  expect(isShown(on(2, 10, 23), 'week', TODAY)).toBe(false);
});

test('a mag without dates is of no day, and other layers are of every day', () => {
  expect(isShown({ ...pin({ id: 'cafe' }), kind: 'mag' }, 'today', TODAY)).toBe(false);
  expect(isShown({ ...pin({ id: 'cafe' }), kind: 'mag' }, 'all', TODAY)).toBe(true);
  expect(isShown(pin({ id: 'soupe' }), 'today', TODAY)).toBe(true);
});

test('when nothing is on, the next event is named', () => {
  const pins = [on(20, 9, 10), pin({ id: 'soupe' }), on(8, 19, 22), on(5, 18, 20)];

  expect(nextAfter(pins, 'today', TODAY)).toBe(pins[3]);
  expect(nextAfter(pins, 'week', TODAY)).toBe(pins[2]);
  expect(nextAfter([pin({ id: 'soupe' })], 'today', TODAY)).toBe(undefined);
});
