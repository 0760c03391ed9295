import { describe, expect, test } from 'vitest';
import { atEnd, nearTop } from './scroll';

describe('scrolling', () => {
  test('near the end is at the end', () => {
    expect(atEnd({ top: 600, shown: 400, whole: 1000 })).toBe(true);
    expect(atEnd({ top: 570, shown: 400, whole: 1000 })).toBe(true);
    expect(atEnd({ top: 500, shown: 400, whole: 1000 })).toBe(false);
  });

  test('older messages are asked for before the top is reached', () => {
    expect(nearTop({ top: 100, shown: 400, whole: 1000 })).toBe(true);
    expect(nearTop({ top: 300, shown: 400, whole: 1000 })).toBe(false);
  });
});
