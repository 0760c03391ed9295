/** Distances as the server measures them: on the sphere of mean radius, by the haversine. */
import { EARTH_RADIUS_M, type Place } from '../protocol';

const RADIANS = Math.PI / 180;

/** Metres between `a` and `b` (lon, lat in degrees) along the great circle. */
export function distance_m(a: Place, b: Place): number {
  const lat = Math.sin(((b.lat - a.lat) * RADIANS) / 2);
  const lon = Math.sin(((b.lon - a.lon) * RADIANS) / 2);
  const h = lat * lat + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * lon * lon;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}
