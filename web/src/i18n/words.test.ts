import { expect, test } from 'vitest';
import en from './en';
import fr from './fr';

/** Every text of a catalogue, each plural form by itself. */
function texts(catalogue: object): string[] {
  return Object.values(catalogue).flatMap((entry: string | object) =>
    typeof entry === 'string' ? [entry] : texts(entry),
  );
}

test('a photo is called a photo', () => {
  expect(texts(en).length).toBeGreaterThan(800);

  expect(texts(en).filter((text) => /\b(picture|image)s?\b/i.test(text))).toEqual([]);
  expect(texts(fr).filter((text) => /\bimages?\b/i.test(text))).toEqual([]);
});
