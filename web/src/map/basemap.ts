/**
 * Where the ground under the pins comes from: a style of the operator's choice, one PMTiles file, or paper.
 *
 * The map starts with the plain style and changes to the configured one when that has come; should it never
 * come, nothing is missing but streets.
 */
import { layers, type Flavor } from '@protomaps/basemaps';
import { addProtocol, type LayerSpecification, type StyleSpecification } from 'maplibre-gl';
import { Protocol } from 'pmtiles';
import type { MapConfig } from '../api/types';
import { flavour, type Theme } from './flavours';
import { plainStyle } from './plain';

const SOURCE = 'base';
const PATIENCE_MS = 15_000;
// The paper is ours; small print is more than a map under pins needs, and the icons' sprite is on no npm package.
const LEFT_OUT = new Set(['background', 'pois', 'roads_oneway', 'roads_shields', 'address_label']);

let pmtiles: Protocol | undefined;

/** The configured base map in a theme and language; null when none is configured or it cannot be reached. */
export async function baseStyle(
  config: MapConfig,
  theme: Theme,
  locale: string,
  signal: AbortSignal,
): Promise<StyleSpecification | null> {
  const url = (theme === 'dark' && config.dark_style_url) || config.style_url;
  if (url) return fetchStyle(url, signal);
  return config.pmtiles_url ? pmtilesStyle(config.pmtiles_url, theme, locale) : null;
}

async function fetchStyle(url: string, signal: AbortSignal): Promise<StyleSpecification | null> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await fetch(url, { signal: patience });
    const style: unknown = response.ok ? await response.json() : null;
    return isStyle(style) ? style : null;
  } catch {
    // No network, no answer in time, no JSON: all mean that there is no base map for now.
    return null;
  }
}

function isStyle(style: unknown): style is StyleSpecification {
  return (
    typeof style === 'object' &&
    style !== null &&
    'version' in style &&
    style.version === 8 &&
    'layers' in style &&
    Array.isArray(style.layers)
  );
}

/** A style over one PMTiles file in Protomaps' schema: where the file ends, paper goes on. Its attribution comes from the file. */
export function pmtilesStyle(url: string, theme: Theme, locale: string): StyleSpecification {
  if (!pmtiles) {
    pmtiles = new Protocol({ metadata: true });
    addProtocol('pmtiles', pmtiles.tile);
  }
  const absolute = new URL(url, document.baseURI).href;
  const paper = plainStyle(theme);
  return {
    ...paper,
    sources: { ...paper.sources, [SOURCE]: { type: 'vector', url: `pmtiles://${absolute}` } },
    layers: [...paper.layers, ...groundLayers(flavour(theme), locale)],
  };
}

/** Protomaps' layers without background, icons and small print. */
export function groundLayers(colours: Flavor, locale: string): LayerSpecification[] {
  return layers(SOURCE, colours, { lang: locale })
    .filter(({ id }) => !LEFT_OUT.has(id))
    .map(withoutIcon);
}

function withoutIcon(layer: LayerSpecification): LayerSpecification {
  if (layer.type !== 'symbol' || !layer.layout) return layer;
  const layout = Object.entries(layer.layout).filter(([name]) => !name.startsWith('icon-'));
  return { ...layer, layout: Object.fromEntries(layout) };
}
