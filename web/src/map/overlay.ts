/**
 * What 1Mile draws over any base map: the circle, the dimmed outside, and crowds of pins.
 *
 * The overlay is part of the style, so that it survives every change of the base map and needs no order of
 * events: a style is always "that ground, with this over it".
 */
import type { Feature, FeatureCollection } from 'geojson';
import type { GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { MILE_M, type Place, type Scale } from '../protocol';
import { disc, outside } from './circle';
import { fontFaces } from './fonts';
import type { Theme } from './flavours';
import type { Palette } from './palette';

/** The overlay's sources, by what they hold. */
export const REACH = 'mile-reach';
export const OUTSIDE = 'mile-outside';
export const CROWD = 'mile-crowd';
/** The layers that answer a click. */
export const CLUSTERS = 'mile-clusters';
export const SINGLES = 'mile-singles';

export const NOTHING: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** The data of the overlay's sources. */
export interface Overlay {
  reach: Feature | FeatureCollection;
  outside: Feature | FeatureCollection;
  crowd: FeatureCollection;
}

/** The circle of a scale: the mile, or a ring to the fifth of the nearest, `reach_m` away. */
export function reach(avatar: Place, scale: Scale, reach_m: number): Pick<Overlay, 'reach' | 'outside'> {
  if (scale === 'mile') return { reach: disc(avatar, MILE_M), outside: outside(avatar, MILE_M) };
  const soft = { ...disc(avatar, reach_m), properties: { soft: true } };
  return { reach: reach_m > 0 ? soft : NOTHING, outside: NOTHING };
}

/** `base` with the overlay on top. */
export function withOverlay(
  base: StyleSpecification,
  data: Overlay,
  colours: Palette,
  theme: Theme,
): StyleSpecification {
  return {
    ...base,
    'font-faces': { ...fontFaces, ...base['font-faces'] },
    sources: { ...base.sources, ...sources(data) },
    layers: [...base.layers, ...reachLayers(colours, theme), ...crowdLayers(colours)],
  };
}

function sources(data: Overlay): Record<string, GeoJSONSourceSpecification> {
  return {
    // Circles are few points: simplified, they would no longer be a mile away.
    [OUTSIDE]: { type: 'geojson', data: data.outside, tolerance: 0 },
    [REACH]: { type: 'geojson', data: data.reach, tolerance: 0 },
    [CROWD]: { type: 'geojson', data: data.crowd, cluster: true, clusterRadius: 56, clusterMaxZoom: 17 },
  };
}

const reachLayers = (colours: Palette, theme: Theme): LayerSpecification[] => [
  {
    id: OUTSIDE,
    type: 'fill',
    source: OUTSIDE,
    paint: {
      'fill-color': theme === 'dark' ? '#000000' : '#3a2f24',
      'fill-opacity': theme === 'dark' ? 0.34 : 0.1,
      'fill-antialias': false,
    },
  },
  {
    // The mile is a limit; the ring of the nearest only tells how far they are.
    id: `${REACH}-soft`,
    type: 'line',
    source: REACH,
    filter: ['has', 'soft'],
    layout: { 'line-cap': 'round' },
    paint: {
      'line-color': colours.ink,
      'line-opacity': 0.4,
      'line-width': 2,
      'line-dasharray': [0.1, 3],
    },
  },
  {
    id: REACH,
    type: 'line',
    source: REACH,
    filter: ['!', ['has', 'soft']],
    paint: {
      'line-color': colours.ink,
      'line-opacity': 0.55,
      'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 13, 1.75, 17, 2.5],
    },
  },
];

const crowdLayers = (colours: Palette): LayerSpecification[] => [
  {
    id: SINGLES,
    type: 'symbol',
    source: CROWD,
    filter: ['!', ['has', 'point_count']],
    layout: {
      'icon-image': ['get', 'look'],
      'icon-anchor': 'bottom',
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-z-order': 'viewport-y',
    },
  },
  {
    id: CLUSTERS,
    type: 'circle',
    source: CROWD,
    filter: ['has', 'point_count'],
    paint: {
      'circle-color': colours.surface,
      'circle-radius': ['step', ['get', 'point_count'], 17, 10, 20, 50, 24, 200, 29],
      'circle-stroke-color': colours.ink,
      'circle-stroke-width': 2,
    },
  },
  {
    id: `${CLUSTERS}-count`,
    type: 'symbol',
    source: CROWD,
    filter: ['has', 'point_count'],
    layout: {
      'text-field': ['get', 'point_count_abbreviated'],
      'text-font': ['Noto Sans Medium'],
      'text-size': 14,
      'text-allow-overlap': true,
      'text-ignore-placement': true,
    },
    paint: { 'text-color': colours.ink },
  },
];
