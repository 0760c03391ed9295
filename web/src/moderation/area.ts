/** The area a moderator follows, as the GeoJSON that the server takes. Null is everywhere. */
import { EARTH_RADIUS_M, MILE_M, type Place } from '../protocol';
import type { Area } from '../live/feed.svelte';

type Ring = [lon: number, lat: number][];
type MapView = Place & { zoom: number };

/** How far around the avatar one can follow, in metres. */
export const AROUND_M = [MILE_M, 5_000, 10_000, 25_000] as const;

const DEGREES = 180 / Math.PI;
/** MapLibre's world is so many pixels wide at zoom 0. */
const WORLD_PX = 512;
const CORNERS = 48;

/** What a map of `width` × `height` pixels shows at `view`; it may cross the antimeridian. */
export function areaOfMap(view: MapView, width: number, height: number): Area {
  const world = WORLD_PX * 2 ** view.zoom;
  if (width >= world) return null;
  const half = (width / world) * 180;
  const middle = mercator(view.lat);
  const north = latitude(middle + (height / world) * Math.PI);
  const south = latitude(middle - (height / world) * Math.PI);
  return boxes(view.lon - half, view.lon + half, south, north);
}

/** All within `radius_m` of `centre`, as a polygon whose corners lie on the circle; null if it holds a pole. */
export function areaAround(centre: Place, radius_m: number): Area {
  const angle = radius_m / EARTH_RADIUS_M;
  const lat = centre.lat / DEGREES;
  const reach = angle * DEGREES;
  // A circle around a pole, or over the antimeridian, is followed as the box around it.
  if (centre.lat + reach >= 90 || centre.lat - reach <= -90) return null;
  const wide = Math.asin(Math.sin(angle) / Math.cos(lat)) * DEGREES;
  if (Math.abs(centre.lon) + wide > 180)
    return boxes(centre.lon - wide, centre.lon + wide, centre.lat - reach, centre.lat + reach);
  const ring: Ring = [];
  for (let corner = 0; corner <= CORNERS; corner += 1) {
    // Counter-clockwise, as RFC 7946 wants it; the last corner is the first.
    const bearing = (-2 * Math.PI * (corner % CORNERS)) / CORNERS;
    const north = Math.asin(
      Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing),
    );
    const east = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(lat),
      Math.cos(angle) - Math.sin(lat) * Math.sin(north),
    );
    ring.push([centre.lon + east * DEGREES, north * DEGREES]);
  }
  return { type: 'Polygon', coordinates: [ring] };
}

/** One box, or two where `west` … `east` crosses the antimeridian. */
function boxes(west: number, east: number, south: number, north: number): Area {
  const box = (from: number, to: number): Ring[] => [
    [
      [from, south],
      [to, south],
      [to, north],
      [from, north],
      [from, south],
    ],
  ];
  if (west < -180) return { type: 'MultiPolygon', coordinates: [box(west + 360, 180), box(-180, east)] };
  if (east > 180) return { type: 'MultiPolygon', coordinates: [box(west, 180), box(-180, east - 360)] };
  return { type: 'Polygon', coordinates: box(west, east) };
}

function mercator(lat: number): number {
  return Math.asinh(Math.tan(lat / DEGREES));
}

function latitude(y: number): number {
  return Math.atan(Math.sinh(y)) * DEGREES;
}
