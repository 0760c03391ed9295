import { describe, expect, test } from 'vitest';
import { lengthOf, meaning, sendable, type Key } from './composing';

const press = (key: string, more: Partial<Key> = {}): Key => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...more,
});

describe('meaning', () => {
  test('Enter sends, with Shift it breaks the line', () => {
    expect(meaning(press('Enter'), false, true)).toBe('send');
    expect(meaning(press('Enter', { shiftKey: true }), false, true)).toBeNull();
  });

  test('whoever prefers it sends with Ctrl or Cmd and Enter only', () => {
    expect(meaning(press('Enter'), false, false)).toBeNull();
    expect(meaning(press('Enter', { ctrlKey: true }), false, false)).toBe('send');
    expect(meaning(press('Enter', { metaKey: true }), false, false)).toBe('send');
  });

  test('an Enter that ends a word of an input method sends nothing', () => {
    expect(meaning(press('Enter', { isComposing: true }), false, true)).toBeNull();
  });

  test('the arrow up edits the last message only from an empty field', () => {
    expect(meaning(press('ArrowUp'), true, true)).toBe('edit-last');
    expect(meaning(press('ArrowUp'), false, true)).toBeNull();
  });

  test('Escape leaves', () => {
    expect(meaning(press('Escape'), false, true)).toBe('leave');
  });
});

describe('length', () => {
  test('is counted as the server counts: trimmed, composed, by code points', () => {
    expect(lengthOf('  e\u0301😊 \n')).toBe(2);
  });

  test('blanks alone and more than 4,000 characters are not sent', () => {
    expect(sendable(' \n ')).toBe(false);
    expect(sendable('x'.repeat(4000))).toBe(true);
    expect(sendable('x'.repeat(4001))).toBe(false);
  });
});
