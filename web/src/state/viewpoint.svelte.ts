/**
 * Where one looks from (the avatar), how far, at which layers, and what the map shows.
 *
 * The avatar is remembered in this browser and told to nobody but the socket's watch. The map's view
 * goes to the address once the reader has moved it: rounded to about 100 m.
 */
import { LAYER, MILE_M, type Layer, type Place, type Scale } from '../protocol';
import { zoomShowing } from '../map/mercator';
import { route } from './route.svelte';
import { keep, recall } from './stored';

export interface MapView {
  lon: number;
  lat: number;
  zoom: number;
}

const SHOWN_AT_FIRST: readonly Layer[] = ['request', 'offer'];
const URL_AFTER_MS = 300;

class Viewpoint {
  at = $state.raw<Place>({ lon: 0, lat: 0 });
  scale = $state<Scale>('mile');
  layers = $state.raw<readonly Layer[]>(SHOWN_AT_FIRST);
  view = $state.raw<MapView>({ lon: 0, lat: 0, zoom: 13 });
  /** The avatar stands where the reader put it, not where the town put it. */
  chosen = $state(false);
  /** The zoom at which the whole mile is in sight. */
  #fitting = 13;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begin where the address, this browser's memory, or else the town says. */
  start(centre: Place, zoom: number): void {
    const remembered = placeOf(recall('avatar'));
    const shared = viewOf(route.query('lon'), route.query('lat'), route.query('z'));
    this.chosen = remembered !== undefined;
    this.at = remembered ?? (shared ? { lon: shared.lon, lat: shared.lat } : centre);
    this.view = shared ?? { ...this.at, zoom };
    if (route.query('scale') === 'nearest') this.scale = 'nearest';
    this.layers = layersOf(route.query('layers'));
  }

  /** Whether one looks from `centre` as everybody does at first: the mile around it, the usual layers. */
  isFirstLook(centre: Place): boolean {
    const there = this.at.lon === centre.lon && this.at.lat === centre.lat;
    return there && this.scale === 'mile' && this.layers.join() === SHOWN_AT_FIRST.join();
  }

  /** Show the whole mile around the avatar in `side_px`, unless the address says what to show. */
  fit(side_px: number): void {
    if (side_px <= 0) return;
    this.#fitting = zoomShowing(2.15 * MILE_M, side_px, this.at.lat);
    if (route.query('lon') === null) this.view = { ...this.at, zoom: this.#fitting };
  }

  /** Put the avatar at `at`; `settled` is false while it is being dragged. */
  move(at: Place, settled = true): void {
    this.at = { lon: wrapped(at.lon), lat: Math.max(-90, Math.min(90, at.lat)) };
    if (!settled) return;
    this.chosen = true;
    keep('avatar', this.at);
  }

  /** Put the avatar at `at` and bring the map there too: an address, a geolocation, one's home. */
  goTo(at: Place, zoom = Math.max(this.view.zoom, this.#fitting)): void {
    this.move(at);
    this.view = { lon: this.at.lon, lat: this.at.lat, zoom };
  }

  /** Somewhere to look from (a home, a listing one came for) while the avatar stands nowhere by choice. */
  suggest({ lon, lat }: Place): void {
    if (this.chosen || (lon === this.at.lon && lat === this.at.lat)) return;
    this.at = { lon, lat };
    this.view = { lon, lat, zoom: this.view.zoom };
  }

  setScale(scale: Scale): void {
    this.scale = scale;
    route.setQuery({ scale: scale === 'mile' ? null : scale });
  }

  toggle(layer: Layer): void {
    const on = this.layers.includes(layer);
    this.layers = LAYER.filter((one) => (one === layer ? !on : this.layers.includes(one)));
    const usual = this.layers.join() === SHOWN_AT_FIRST.join();
    route.setQuery({ layers: usual ? null : this.layers.join(',') });
  }

  /** The map shows `view` now; only what the reader moved goes into the address. */
  seen(view: MapView, userMoved: boolean): void {
    this.view = view;
    if (!userMoved) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { lon, lat, zoom } = this.view;
      route.setQuery({ z: zoom.toFixed(1), lat: lat.toFixed(3), lon: wrapped(lon).toFixed(3) });
    }, URL_AFTER_MS);
  }
}

export const viewpoint = new Viewpoint();

function wrapped(lon: number): number {
  return lon >= -180 && lon <= 180 ? lon : ((((lon + 180) % 360) + 360) % 360) - 180;
}

function placeOf(value: unknown): Place | undefined {
  const { lon, lat } = (value ?? {}) as Partial<Place>;
  return typeof lon === 'number' && typeof lat === 'number' && Math.abs(lon) <= 180 && Math.abs(lat) <= 90
    ? { lon, lat }
    : undefined;
}

function viewOf(lon: string | null, lat: string | null, zoom: string | null): MapView | undefined {
  if (lon === null || lat === null) return undefined;
  const place = placeOf({ lon: Number(lon), lat: Number(lat) });
  const level = Number(zoom ?? 13);
  return place && level >= 0 && level <= 24 ? { ...place, zoom: level } : undefined;
}

function layersOf(text: string | null): readonly Layer[] {
  if (text === null) return SHOWN_AT_FIRST;
  const named = text.split(',');
  return LAYER.filter((layer) => named.includes(layer));
}
