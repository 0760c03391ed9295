import { describe, expect, it } from 'vitest';
import { distance_m } from '../live/sphere';
import { MILE_M, type Place } from '../protocol';
import { destination, disc, outside, ring } from './circle';

const MULHOUSE = { lon: 7.3359, lat: 47.7508 };
const FIJI = { lon: 179.995, lat: -16.8 };
const SVALBARD = { lon: 15.6, lat: 78.22 };
const PLACES: [string, Place][] = [
  ['Mulhouse', MULHOUSE],
  ['Fiji, on the antimeridian', FIJI],
  ['Svalbard', SVALBARD],
  ['the equator', { lon: 0, lat: 0 }],
];

const at = ([lon, lat]: number[]): Place => ({ lon: lon!, lat: lat! });
const signedArea = (points: number[][]): number =>
  points.slice(1).reduce((sum, [x, y], i) => sum + points[i]![0]! * y! - x! * points[i]![1]!, 0);

describe('the mile circle', () => {
  it.each(PLACES)('is a mile from the avatar all the way round at %s', (_, centre) => {
    for (const point of ring(centre, MILE_M)) expect(distance_m(centre, at(point))).toBeCloseTo(MILE_M, 3);
  });

  it.each(PLACES)('is closed and runs counter-clockwise, as GeoJSON asks, at %s', (_, centre) => {
    const points = ring(centre, MILE_M);

    expect(points.at(-1)).toEqual(points[0]);
    expect(signedArea(points)).toBeGreaterThan(0);
  });

  it('runs on past the antimeridian instead of jumping to the other side of the map', () => {
    const lons = ring(FIJI, MILE_M).map(([lon]) => lon!);

    expect(Math.max(...lons)).toBeGreaterThan(180);
    expect(Math.max(...lons) - Math.min(...lons)).toBeLessThan(0.1);
  });

  it('widens with the latitude: a mile is more degrees of longitude in Svalbard', () => {
    const width = (centre: Place) => {
      const lons = ring(centre, MILE_M).map(([lon]) => lon!);
      return Math.max(...lons) - Math.min(...lons);
    };

    expect(width(SVALBARD) / width(MULHOUSE)).toBeGreaterThan(3);
  });

  it('covers the pole when the avatar stands within a mile of it', () => {
    const points = ring({ lon: 30, lat: 89.99 }, MILE_M);
    const lons = points.map(([lon]) => lon!);

    expect(Math.max(...lons) - Math.min(...lons)).toBeCloseTo(360, 6);
    expect(points.at(-1)).toEqual(points[0]);
  });
});

describe('the dimmed outside', () => {
  it('is one world wide with the circle as its hole', () => {
    const [world, hole] = outside(FIJI, MILE_M).geometry.coordinates;
    const lons = world!.map(([lon]) => lon!);

    expect(Math.max(...lons) - Math.min(...lons)).toBe(360);
    expect(hole!.toReversed()).toEqual(disc(FIJI, MILE_M).geometry.coordinates[0]);
  });
});

describe('a destination', () => {
  it('is as far as asked, whichever the bearing', () => {
    for (const bearing of [0, 45, 133, 270]) {
      expect(distance_m(MULHOUSE, destination(MULHOUSE, bearing, 500))).toBeCloseTo(500, 6);
    }
  });
});
