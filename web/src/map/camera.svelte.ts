/**
 * The map's camera as Svelte sees it: read a position on the screen in a template, and it follows every move.
 */
import type { Map as GlMap } from 'maplibre-gl';
import { untrack } from 'svelte';
import type { Place } from '../protocol';
import type { Bounds } from './plain';

/** A point on the map's element, in CSS pixels from its top left. */
export interface Spot {
  x: number;
  y: number;
}

/** Space at the map's edges that panels cover, in CSS pixels. */
export interface Padding {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

// How often what is in view is asked anew while the map moves: seldom enough to stay cheap with 2,000 pins.
const REGION_MS = 120;
// Pins just outside the edge are drawn already, so that a pan does not uncover empty ground.
const MARGIN = 0.25;
const MAX_LAT = 85;

export class Camera {
  readonly map: GlMap;
  /** What panels cover now. */
  padding: Padding = $state.raw({ left: 0, right: 0, top: 0, bottom: 0 });
  /** What is on the screen and under no panel. */
  screen: Bounds = $state.raw([0, 0, 0, 0]);
  /** All that the map shows, and a margin around it. */
  region: Bounds = $state.raw([0, 0, 0, 0]);
  /** MapLibre's zoom. */
  zoom = $state(0);
  #frame = $state(0);
  #asked = 0;

  constructor(map: GlMap, padding: Padding) {
    this.map = map;
    this.padding = padding;
    map.setPadding(padding);
    map.on('move', this.#moved);
    map.on('moveend', this.#rested);
    map.on('resize', this.#rested);
    this.#rested();
  }

  /** Where `place` is on the screen, in the copy of the world nearest to the middle of the map. */
  spot(place: Place): Spot {
    void this.#frame;
    return this.map.project([this.nearLon(place.lon), place.lat]);
  }

  /** The place under a point of the screen, with a longitude in [-180, 180] and a latitude a map can show. */
  place({ x, y }: Spot): Place {
    const { lng, lat } = this.map.unproject([x, y]).wrap();
    return { lon: lng, lat: Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) };
  }

  /** The middle of what no panel covers. */
  centre(): Place {
    void this.#frame;
    const { lng, lat } = this.map.getCenter().wrap();
    return { lon: lng, lat };
  }

  /** Whether `place` is on the screen and not under a panel. */
  sees(place: Place): boolean {
    const { x, y } = this.spot(place);
    const { west, east, north, south } = this.#edges();
    return x >= west && x <= east && y >= north && y <= south;
  }

  /** Whether `px` around `place` is on the screen and not under a panel. */
  hasRoom(place: Place, px: number): boolean {
    const { x, y } = this.spot(place);
    const { west, east, north, south } = this.#edges();
    return x - px >= west && x + px <= east && y - px >= north && y + px <= south;
  }

  /** How much of the map no panel covers, in square CSS pixels. */
  get area(): number {
    void this.region;
    const { west, east, north, south } = this.#edges();
    return Math.max(0, east - west) * Math.max(0, south - north);
  }

  /** `lon` moved by whole turns to within 180° of the middle of the map. */
  nearLon(lon: number): number {
    const middle = this.map.getCenter().lng;
    return lon + 360 * Math.round((middle - lon) / 360);
  }

  /** The edges of what no panel covers, in CSS pixels from the top left. */
  #edges(): Record<'west' | 'east' | 'north' | 'south', number> {
    const { left, right, top, bottom } = this.padding;
    const { clientWidth, clientHeight } = this.map.getContainer();
    return { west: left, east: clientWidth - right, north: top, south: clientHeight - bottom };
  }

  #uncovered(): Bounds {
    const { west, east, north, south } = untrack(() => this.#edges());
    const [low, high] = [this.map.unproject([west, south]), this.map.unproject([east, north])];
    return [low.lng, low.lat, high.lng, high.lat];
  }

  /** One frame more. An effect that moves the camera does not thereby depend on it. */
  #turn(): void {
    untrack(() => this.#frame++);
    this.zoom = this.map.getZoom();
  }

  #moved = (): void => {
    this.#turn();
    if (performance.now() - this.#asked > REGION_MS) this.#rested();
  };

  #rested = (): void => {
    this.#turn();
    this.#asked = performance.now();
    const box = this.map.getBounds();
    const [west, south, east, north] = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    this.screen = this.#uncovered();
    const [across, up] = [(east - west) * MARGIN, (north - south) * MARGIN];
    this.region = [west - across, south - up, east + across, north + up];
  };
}
