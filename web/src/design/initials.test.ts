import { describe, expect, test } from 'vitest';
import { initials, tint, TINTS } from './initials';

describe('initials', () => {
  test.each([
    ['Ana', 'A'],
    ['Jean-Luc Moreau', 'JM'],
    ['l’Épicerie du coin', 'LC'],
    ['👩‍🌾 Ferme', '👩‍🌾F'],
    ['', ''],
  ])('of %s are %s', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });

  test('a member keeps one tint', () => {
    expect(tint('ana')).toBe(tint('ana'));
    expect(tint('ana')).toBeGreaterThanOrEqual(1);
    expect(tint('ana')).toBeLessThanOrEqual(TINTS);
  });
});
