import { describe, expect, test } from 'vitest';
import { pieces } from './links';

const hrefs = (text: string) => pieces(text).flatMap((piece) => piece.href ?? []);

describe('pieces', () => {
  test('joined again they are the text', () => {
    const text = 'Voir https://a.fr/x(1), puis (http://b.fr). Merci 😊 !';

    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
  });

  test('an address ends before the punctuation of its sentence', () => {
    expect(hrefs('Allez sur https://a.fr/plan. Ou (https://b.fr/c) ?')).toEqual([
      'https://a.fr/plan',
      'https://b.fr/c',
    ]);
  });

  test('paired brackets belong to the address', () => {
    expect(hrefs('https://fr.wikipedia.org/wiki/Mulhouse_(ville)')).toEqual([
      'https://fr.wikipedia.org/wiki/Mulhouse_(ville)',
    ]);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'ftp://a.fr',
    'https://',
    'http://[',
    'https://bank.fr@evil.example/',
  ])('%s is not linked', (text) => {
    expect(hrefs(text)).toEqual([]);
    expect(pieces(text)).toEqual([{ text }]);
  });

  test('a mark that turns the reading direction ends the address', () => {
    expect(hrefs('https://a.fr/\u202Egpj.exe')).toEqual(['https://a.fr/']);
  });

  test('no text has no pieces', () => {
    expect(pieces('')).toEqual([]);
  });
});
