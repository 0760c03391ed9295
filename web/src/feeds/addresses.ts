/** The addresses under which a mile, a member or a project is followed, and the frame that shows a mile. */
import { LAYER, type Layer } from '../protocol';
import type { Locale } from '../i18n/index.svelte';

/** What is followed. A mile is named by the cell in its middle, never by where the avatar stands. */
export type Followed =
  | { kind: 'mile'; cell: string; layers: readonly Layer[] }
  | { kind: 'members'; id: string }
  | { kind: 'projects'; id: string };

export const FORMATS = ['atom', 'ics', 'geojson'] as const;
export type Format = (typeof FORMATS)[number];

/** The address of a feed, on the site at `origin`. */
export function feedAddress(origin: string, what: Followed, format: Format, locale: Locale): string {
  const name = what.kind === 'mile' ? what.cell : what.id;
  // Events are all on one layer, which the reader may not have on.
  const layers = format === 'ics' ? [] : layersOf(what);
  const query = [...layers, ...(locale === 'fr' ? [] : [`locale=${locale}`])].join('&');
  return `${origin}/feeds/${what.kind}/${name}.${format}${query ? `?${query}` : ''}`;
}

/** The frame that shows the mile around a cell, as HTML to be copied. `title` names it for screen readers. */
export function frame(
  origin: string,
  mile: Followed & { kind: 'mile' },
  title: string,
  locale: Locale,
): string {
  const query = [`cell=${mile.cell}`, ...layersOf(mile), `locale=${locale}`].join('&amp;');
  return [
    '<iframe',
    `  title="${title.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`,
    `  src="${origin}/embed?${query}"`,
    '  width="600" height="400" loading="lazy"',
    '  style="border: 0; inline-size: 100%"',
    '></iframe>',
  ].join('\n');
}

function layersOf(what: Followed): string[] {
  if (what.kind !== 'mile' || what.layers.length === 0 || what.layers.length === LAYER.length) return [];
  return [`layers=${what.layers.join(',')}`];
}
