import { describe, expect, test } from 'vitest';
import { readUpTo } from './reading';

const shown = [
  { seq: 3, bottom: 100 },
  { seq: 4, bottom: 380 },
  { seq: 7, bottom: 720 },
];
const looking = { visible: true, focused: true };

describe('readUpTo', () => {
  test('what is below the edge is not read', () => {
    expect(readUpTo(shown, 400, looking)).toBe(4);
    expect(readUpTo(shown, 50, looking)).toBeNull();
  });

  test('the end of the list reads everything', () => {
    expect(readUpTo(shown, 720, looking)).toBe(7);
  });

  test('a page that nobody looks at reads nothing', () => {
    expect(readUpTo(shown, 720, { visible: false, focused: true })).toBeNull();
    expect(readUpTo(shown, 720, { visible: true, focused: false })).toBeNull();
  });
});
