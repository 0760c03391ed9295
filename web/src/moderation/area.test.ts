import { describe, expect, test } from 'vitest';
import { distance_m } from '../live/sphere';
import { areaAround, areaOfMap } from './area';

const MULHOUSE = { lon: 7.3388, lat: 47.7508 };
type Shape = { type: string; coordinates: [number, number][][] & [number, number][][][] };
const ringOf = (area: unknown) => (area as Shape).coordinates[0] as [number, number][];

describe('around the avatar', () => {
  test('every corner lies on the circle', () => {
    for (const [lon, lat] of ringOf(areaAround(MULHOUSE, 5000)))
      expect(distance_m(MULHOUSE, { lon, lat })).toBeCloseTo(5000, 3);
  });

  test('the ring is closed and turns counter-clockwise', () => {
    const ring = ringOf(areaAround(MULHOUSE, 5000));
    const turn = ring.slice(1).reduce((sum, [lon, lat], at) => {
      const [before = 0, beforeLat = 0] = ring[at] ?? [];
      return sum + (before * lat - lon * beforeLat);
    }, 0);

    expect(ring.at(-1)).toEqual(ring[0]);
    expect(turn).toBeGreaterThan(0);
  });

  test('over the antimeridian it is two areas, each within the world', () => {
    const area = areaAround({ lon: 179.99, lat: -16.8 }, 5000) as unknown as Shape;
    const longitudes = area.coordinates.flat(2).map((corner) => corner[0] as unknown as number);

    expect(area.type).toBe('MultiPolygon');
    expect(Math.max(...longitudes)).toBe(180);
    expect(Math.min(...longitudes)).toBe(-180);
  });

  test('at a pole everything is followed rather than too little', () => {
    expect(areaAround({ lon: 0, lat: 89.99 }, 5000)).toBeNull();
  });
});

describe('what the map shows', () => {
  test('is a box around its middle, as wide as its pixels', () => {
    const ring = ringOf(areaOfMap({ ...MULHOUSE, zoom: 13 }, 512, 512));
    const longitudes = ring.map(([lon]) => lon);

    expect(Math.max(...longitudes) - Math.min(...longitudes)).toBeCloseTo(360 / 2 ** 13, 9);
    expect(ring.some(([, lat]) => lat > MULHOUSE.lat) && ring.some(([, lat]) => lat < MULHOUSE.lat)).toBe(
      true,
    );
  });

  test('the whole world is everywhere', () => {
    expect(areaOfMap({ lon: 0, lat: 0, zoom: 0 }, 1280, 800)).toBeNull();
  });
});
