/**
 * The map without a base map: warm paper with a faint grid, so that circle, avatar and pins always draw.
 *
 * The grid is of true meridians and parallels; with nothing else on the paper it shows that the map moves.
 */
import type { FeatureCollection, LineString } from 'geojson';
import type { StyleSpecification } from 'maplibre-gl';
import { fontFaces } from './fonts';
import { tints, type Theme } from './flavours';

export const GRID = 'plain-grid';
const CELLS_ACROSS = 8;

/** West, south, east, north, in degrees; east may lie beyond 180. */
export type Bounds = [number, number, number, number];

/** The style that needs nothing from the network. */
export function plainStyle(theme: Theme): StyleSpecification {
  const tint = tints(theme);
  return {
    version: 8,
    'font-faces': fontFaces,
    sources: { [GRID]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': tint.ground } },
      { id: GRID, type: 'line', source: GRID, paint: { 'line-color': tint.border, 'line-opacity': 0.3 } },
    ],
  };
}

/** Meridians and parallels over `bounds`, about eight each way, on round halvings of a degree. */
export function graticule([west, south, east, north]: Bounds): FeatureCollection<LineString> {
  const step = 2 ** Math.round(Math.log2((east - west) / CELLS_ACROSS));
  const lines = [
    ...multiples(step, west, east).map((lon) => [
      [lon, south],
      [lon, north],
    ]),
    ...multiples(step, south, north).map((lat) => [
      [west, lat],
      [east, lat],
    ]),
  ];
  return {
    type: 'FeatureCollection',
    features: lines.map((coordinates) => ({
      type: 'Feature',
      properties: {},
      geometry: { type: 'LineString', coordinates },
    })),
  };
}

function multiples(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}
