/** Where places lie on the flat world of a zoom, whatever part of it the map shows. */
import { EARTH_RADIUS_M, type Place } from '../protocol';
import type { Spot } from './camera.svelte';

const TILE_PX = 512;
const DEGREE = Math.PI / 180;

/**
 * `at` in px on web Mercator at `zoom`, x to the east and y to the south; in the copy of the world in which
 * it is nearest to the longitude `beside`.
 */
export function mercator(at: Place, zoom: number, beside: number): Spot {
  const world_px = TILE_PX * 2 ** zoom;
  const turns = (at.lon - beside) / 360;
  const stretched = Math.asinh(Math.tan(at.lat * DEGREE));
  return {
    x: (beside / 360 + turns - Math.round(turns)) * world_px,
    y: -(stretched / (2 * Math.PI)) * world_px,
  };
}

/** The zoom at which `width_m` metres at latitude `lat` take `side_px` (tiles of 512 px, web Mercator). */
export function zoomShowing(width_m: number, side_px: number, lat: number): number {
  const around_m = 2 * Math.PI * EARTH_RADIUS_M * Math.cos((lat * Math.PI) / 180);
  return Math.max(1, Math.min(17, Math.log2((around_m * side_px) / (512 * width_m))));
}
