/**
 * The MapLibre map: its ground, its overlay, and the few settings that differ from the library's.
 *
 * It stands from the first frame on plain paper; the configured ground comes when it comes. All that is
 * drawn is kept here too, so that a new ground never has to wait for anybody to draw it again.
 */
import { GeoJSONSource, Map as GlMap, setWorkerUrl, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { MapConfig } from '../api/types';
import { t } from '../i18n/index.svelte';
import { baseStyle } from './basemap';
import { drawLook } from './emblem';
import type { Theme } from './flavours';
import { CROWD, NOTHING, OUTSIDE, REACH, withOverlay, type Overlay } from './overlay';
import { palette } from './palette';
import { graticule, GRID, plainStyle } from './plain';

// A bundler renames the worker's file: without its address the map would wait for it for ever.
setWorkerUrl(workerUrl);

/** A view of the map: its middle, and MapLibre's zoom. */
export interface View {
  lon: number;
  lat: number;
  zoom: number;
}

/** How the map is to look. */
export interface Dress {
  config: MapConfig;
  theme: Theme;
  locale: string;
}

export class Stage {
  readonly map: GlMap;
  #theme: Theme;
  #plain = true;
  #dressing = new AbortController();
  #data: Overlay = { reach: NOTHING, outside: NOTHING, crowd: NOTHING };

  /** `framed`: in another's page, whose reader scrolls past the map and not into it. */
  constructor(container: HTMLElement, view: View, theme: Theme, framed = false) {
    this.#theme = theme;
    this.map = new GlMap({
      container,
      style: this.#over(plainStyle(theme)),
      center: [view.lon, view.lat],
      zoom: view.zoom,
      ...SETTINGS,
      cooperativeGestures: framed,
      locale: words(),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('style.load', this.#fill);
    this.map.on('moveend', this.#rule);
    this.map.setMissingStyleImageResolver((id) => this.#paint(id));
    // Tiles that do not come leave paper; the library would write each of them to the console.
    this.map.on('error', () => undefined);
  }

  /** Put on the ground of `config`; paper as long as it cannot be had. Asked again, the last wish wins. */
  async dress({ config, theme, locale }: Dress): Promise<void> {
    this.#dressing.abort();
    const { signal } = (this.#dressing = new AbortController());
    // While the ground is on its way, at least the paper has the right colour.
    if (this.#plain && theme !== this.#theme) this.#wear(plainStyle(theme), theme, true);
    const base = await baseStyle(config, theme, locale, signal);
    if (signal.aborted) return;
    this.#wear(base ?? plainStyle(theme), theme, base === null);
  }

  /** Whether the ground is paper because the configured one could not be had. */
  get plain(): boolean {
    return this.#plain;
  }

  /** Draw other circles or crowds; what is not named stays. */
  draw(data: Partial<Overlay>): void {
    this.#data = { ...this.#data, ...data };
    this.#fill();
  }

  remove(): void {
    this.#dressing.abort();
    this.map.remove();
  }

  #wear(base: StyleSpecification, theme: Theme, plain: boolean): void {
    this.#theme = theme;
    this.#plain = plain;
    // A style can be changed by its differences once it is whole; before, it is replaced.
    this.map.setStyle(this.#over(base), { diff: this.map.isStyleLoaded() === true });
    this.#rule();
  }

  #over(base: StyleSpecification): StyleSpecification {
    return withOverlay(base, this.#data, palette(), this.#theme);
  }

  #fill = (): void => {
    this.#pour(REACH, this.#data.reach);
    this.#pour(OUTSIDE, this.#data.outside);
    this.#pour(CROWD, this.#data.crowd);
    this.#rule();
  };

  #pour(name: string, data: Overlay[keyof Overlay]): void {
    // Between two styles there is no source; the style that is on its way is filled when it has come.
    const source = this.map.getSource(name);
    if (source instanceof GeoJSONSource) source.setData(data);
  }

  /** Rule the paper's grid over what is in view, for the grounds that lie on paper. */
  #rule = (): void => {
    const box = this.map.getBounds();
    const bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()] as const;
    this.#pour(GRID, graticule([...bounds]));
  };

  #paint(id: string): void {
    const ratio = Math.min(3, Math.ceil(devicePixelRatio));
    const image = drawLook(id, palette(), ratio);
    if (image && !this.map.hasImage(id)) this.map.addImage(id, image, { pixelRatio: ratio });
  }
}

const SETTINGS = {
  // North is up: a neighbourhood is found again by its shape.
  dragRotate: false,
  pitchWithRotate: false,
  touchPitch: false,
  maxPitch: 0,
  minZoom: 2,
  maxZoom: 19,
  attributionControl: { compact: true },
  fadeDuration: 150,
} as const;

const words = (): Record<string, string> => ({
  'Map.Title': t('map.label'),
  'AttributionControl.ToggleAttribution': t('map.attribution'),
  'CooperativeGesturesHandler.WindowsHelpText': t('map.scroll_ctrl'),
  'CooperativeGesturesHandler.MacHelpText': t('map.scroll_command'),
  'CooperativeGesturesHandler.MobileHelpText': t('map.two_fingers'),
});

/** Whether this browser can draw the map at all. */
export const canDraw = (): boolean => document.createElement('canvas').getContext('webgl2') !== null;
