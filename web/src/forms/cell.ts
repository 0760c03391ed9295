/**
 * The cell of about 300 m that is all the server keeps of a home or of an approximate place.
 *
 * The grid is the one of `geo/privacy.py`. The page sends the middle of the cell, so that the exact place
 * never leaves this device; the server finds the same cell in it and draws the same point.
 */
import { EARTH_RADIUS_M, type Place } from '../protocol';

const CELL_M = 300;
const ROWS = Math.round((Math.PI * EARTH_RADIUS_M) / CELL_M);
const ROW_DEG = 180 / ROWS;

/** The middle of the cell that holds `place`. */
export function cellMiddle(place: Place): Place {
  const row = Math.min(Math.floor((place.lat + 90) / ROW_DEG), ROWS - 1);
  const lat = (row + 0.5) * ROW_DEG - 90;
  // Each row has as many columns as make its cells about as wide as high.
  const around_m = 2 * Math.PI * EARTH_RADIUS_M * Math.cos((lat * Math.PI) / 180);
  const columns = Math.max(1, Math.round(around_m / CELL_M));
  const column = Math.min(Math.floor(((place.lon + 180) / 360) * columns), columns - 1);
  return { lon: ((column + 0.5) * 360) / columns - 180, lat };
}
