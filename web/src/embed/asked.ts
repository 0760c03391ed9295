/** What the address of the frame asks for. Whatever it does not say, or says wrongly, is as usual. */
import { cellNamed } from '../forms/cell';
import { LOCALES, type Locale } from '../i18n/index.svelte';
import { LAYER, type Layer, type Place, type Scale } from '../protocol';

export type Theme = 'light' | 'dark';

export interface Asked {
  /** The middle of the named cell; null if none is named, or one that there is not. */
  at: Place | null;
  layers: readonly Layer[];
  scale: Scale;
  /** Null: as the reader's browser wishes. */
  locale: Locale | null;
  theme: Theme | null;
}

/** Read the query of a frame's address. */
export function asked(query: string): Asked {
  const given = new URLSearchParams(query);
  const named = given.get('layers')?.split(',') ?? [];
  const layers = LAYER.filter((layer) => named.includes(layer));
  const theme = given.get('theme');
  return {
    at: cellNamed(given.get('cell') ?? ''),
    layers: layers.length > 0 ? layers : LAYER,
    scale: given.get('scale') === 'nearest' ? 'nearest' : 'mile',
    locale: LOCALES.find((locale) => locale === given.get('locale')) ?? null,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
  };
}
