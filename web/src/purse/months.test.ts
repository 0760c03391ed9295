import { expect, test } from 'vitest';
import { bars, firstDay, HEIGHT, WIDTH } from './months';

test('the greatest amount is as high as the drawing, half of it half as high', () => {
  const [first, second] = bars([
    { month: '2026-10', received: 8, given: 0 },
    { month: '2026-11', received: 0, given: 4 },
  ]);

  expect(first?.received).toMatchObject({ y: 0, height: HEIGHT });
  expect(first?.given.height).toBe(0);
  expect(second?.given).toMatchObject({ y: HEIGHT / 2, height: HEIGHT / 2 });
});

test('one smile beside a thousand can still be seen', () => {
  const [only] = bars([{ month: '2026-11', received: 1, given: 1000 }]);

  expect(only?.received.height).toBeGreaterThanOrEqual(3);
});

test('twelve months do not overlap and stay inside', () => {
  const months = Array.from({ length: 12 }, (_, at) => ({
    month: `2026-${String(at + 1).padStart(2, '0')}`,
    received: 1,
    given: 1,
  }));
  const drawn = bars(months).flatMap((one) => [one.received, one.given]);

  drawn.slice(1).forEach((bar, at) => expect(bar.x).toBeGreaterThanOrEqual(drawn[at]!.x + drawn[at]!.width));
  expect(drawn[0]!.x).toBeGreaterThanOrEqual(0);
  expect(drawn.at(-1)!.x + drawn.at(-1)!.width).toBeLessThanOrEqual(WIDTH);
});

test('a month is that month wherever one is', () => {
  expect(firstDay('2026-01').getMonth()).toBe(0);
  expect(firstDay('2026-01').getFullYear()).toBe(2026);
});
