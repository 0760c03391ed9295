/**
 * Circles on the sphere, as polygons that a Mercator map can draw.
 *
 * The server decides who is within a mile; what is drawn must be that same circle, so it is a geodesic one
 * and not a disc of pixels. Longitudes of a ring run on past ±180 instead of jumping: the map wraps them.
 */
import type { Feature, Polygon, Position } from 'geojson';
import { EARTH_RADIUS_M, type Place } from '../protocol';

const DEGREE = Math.PI / 180;
const STEPS = 128;
// Mercator ends here; what lies beyond is never on the screen.
const MERCATOR_LAT = 85.0511;

/** The place `far_m` metres from `from` on the bearing (degrees clockwise from north), on a great circle. */
export function destination(from: Place, bearing: number, far_m: number): Place {
  const angle = far_m / EARTH_RADIUS_M;
  const lat = from.lat * DEGREE;
  const sine = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing * DEGREE);
  const east = Math.sin(bearing * DEGREE) * Math.sin(angle) * Math.cos(lat);
  const north = Math.cos(angle) - Math.sin(lat) * sine;
  return {
    lon: from.lon + Math.atan2(east, north) / DEGREE,
    lat: Math.asin(Math.max(-1, Math.min(1, sine))) / DEGREE,
  };
}

/** The closed ring of all places `radius_m` from `centre`, counter-clockwise; round a pole if it holds one. */
export function ring(centre: Place, radius_m: number): Position[] {
  const points: Position[] = [];
  let before = centre.lon;
  for (let step = 0; step <= STEPS; step++) {
    const { lon, lat } = destination(centre, -(step * 360) / STEPS, radius_m);
    // The short way on from the last point: nothing jumps by 360° in the middle of a ring.
    before = lon - 360 * Math.round((lon - before) / 360);
    points.push([before, lat]);
  }
  const first = points[0]!;
  const last = points[STEPS]!;
  const turned = last[0]! - first[0]!;
  if (Math.abs(turned) < 180) points[STEPS] = first;
  else closeOverPole(points, Math.sign(centre.lat) * MERCATOR_LAT);
  return points;
}

/** A ring that went once round the pole is a line across the map: close it along the map's edge. */
function closeOverPole(points: Position[], edge: number): void {
  points.push([points.at(-1)![0]!, edge], [points[0]![0]!, edge], points[0]!);
}

/** The area within `radius_m` of `centre`. */
export function disc(centre: Place, radius_m: number): Feature<Polygon> {
  return polygon([ring(centre, radius_m)]);
}

/** Everything but the area within `radius_m` of `centre`: one world wide, with a hole. */
export function outside(centre: Place, radius_m: number): Feature<Polygon> {
  const [west, east] = [centre.lon - 180, centre.lon + 180];
  const world = [
    [west, -MERCATOR_LAT],
    [east, -MERCATOR_LAT],
    [east, MERCATOR_LAT],
    [west, MERCATOR_LAT],
    [west, -MERCATOR_LAT],
  ];
  return polygon([world, ring(centre, radius_m).reverse()]);
}

function polygon(coordinates: Position[][]): Feature<Polygon> {
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates } };
}
