import { describe, expect, it } from 'vitest';
import { baseStyle, groundLayers, pmtilesStyle } from './basemap';
import { flavour, tints } from './flavours';
import { fontFaces } from './fonts';

const NONE = { style_url: null, dark_style_url: null, pmtiles_url: null };
const answer = (body: string) => `data:application/json,${encodeURIComponent(body)}`;
const DAY = answer(JSON.stringify({ version: 8, name: 'day', sources: {}, layers: [] }));
const NIGHT = answer(JSON.stringify({ version: 8, name: 'night', sources: {}, layers: [] }));

const style = (url: string | null, dark: string | null = null, theme: 'light' | 'dark' = 'light') => {
  const config = { ...NONE, style_url: url, dark_style_url: dark };
  return baseStyle(config, theme, 'fr', new AbortController().signal);
};

describe('the configured ground', () => {
  it('is the style of the theme, and by night the only one there is', async () => {
    expect(await style(DAY, NIGHT, 'light')).toMatchObject({ name: 'day' });
    expect(await style(DAY, NIGHT, 'dark')).toMatchObject({ name: 'night' });
    expect(await style(DAY, null, 'dark')).toMatchObject({ name: 'day' });
  });

  it.each([
    ['is a page', answer('<!doctype html>')],
    ['is something else', answer('{"hello": "world"}')],
    ['is of a future version', answer('{"version": 9, "layers": []}')],
    ['never comes', 'http://127.0.0.1:1/'],
  ])('is missing when the answer %s', async (_, url) => {
    expect(await style(url)).toBeNull();
  });

  it('is missing when none is configured', async () => {
    expect(await style(null)).toBeNull();
  });

  it('is not waited for any longer than the reader wants it', async () => {
    const asked = new AbortController();
    const coming = baseStyle({ ...NONE, style_url: DAY }, 'light', 'fr', asked.signal);

    asked.abort();

    expect(await coming).toBeNull();
  });
});

describe('the ground from one file', () => {
  const layers = groundLayers(flavour('light'), 'fr');

  it('is asked for by an absolute address, as the worker needs it', () => {
    const { sources } = pmtilesStyle('/tiles/town.pmtiles', 'light', 'fr');

    expect(sources.base).toMatchObject({ url: `pmtiles://${location.origin}/tiles/town.pmtiles` });
  });

  it('needs no sprite', () => {
    expect(JSON.stringify(layers)).not.toContain('icon-image');
  });

  it('writes its labels in fonts that come with the app', () => {
    const asked = new Set(JSON.stringify(layers).match(/Noto Sans (?!Devanagari)[A-Z]\w+/g));

    expect([...asked].filter((font) => !(font in fontFaces))).toEqual([]);
    expect(asked.size).toBeGreaterThan(1);
  });

  it('speaks the language of the reader', () => {
    expect(JSON.stringify(layers)).toContain('name:fr');
    expect(JSON.stringify(groundLayers(flavour('light'), 'en'))).toContain('name:en');
  });

  it('has its own colours by day and by night', () => {
    expect(flavour('light').water).toBe(tints('light').water);
    expect(flavour('dark').water).toBe(tints('dark').water);
  });
});
