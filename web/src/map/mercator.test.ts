import { expect, it } from 'vitest';
import { mercator } from './mercator';

it('a world at zoom 0 is one tile of 512 px wide', () => {
  const [west, east] = [mercator({ lon: -90, lat: 0 }, 0, 0), mercator({ lon: 90, lat: 0 }, 0, 0)];

  expect(east.x - west.x).toBeCloseTo(256);
  expect(east.y).toBeCloseTo(0);
});

it('each zoom doubles what lies between two places; north is up', () => {
  const [a, b] = [12, 13].map((zoom) => mercator({ lon: 7.3, lat: 47.7 }, zoom, 7));

  expect(b!.x).toBeCloseTo(2 * a!.x);
  expect(b!.y).toBeCloseTo(2 * a!.y);
  expect(a!.y).toBeLessThan(0);
});

it('neighbours on either side of the antimeridian are neighbours', () => {
  const [west, east] = [
    mercator({ lon: 179.99, lat: 0 }, 12, 180),
    mercator({ lon: -179.99, lat: 0 }, 12, 180),
  ];

  expect(east.x - west.x).toBeCloseTo((0.02 / 360) * 512 * 4096);
});
