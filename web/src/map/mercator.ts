/** Where places lie on the flat world of a zoom, whatever part of it the map shows. */
import type { Place } from '../protocol';
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
