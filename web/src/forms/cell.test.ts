import { expect, test } from 'vitest';
import { cellMiddle, cellName, cellNamed } from './cell';

// West, south, east, north of the cells that geo/privacy.py gives for these places.
const CELLS = [
  [7.3388, 47.7508, 7.33723457615784, 47.74989882638607, 7.341247283063041, 47.752596789423976],
  [7.5886, 47.5596, 7.588290169250598, 47.55834345069471, 7.592288214650608, 47.56104141373261],
  [-73.5, 45.5, -73.50085005827444, 45.499797652772145, -73.49700073778644, 45.50249561581005],
  [179.9999, -16.5, 179.99718615902896, -16.50209092135438, 180, -16.499392958316474],
  [-180, 0, -180, -0.0013489815189586807, -179.99730203696208, 0.0013489815189476999],
  [0, 89.9999, -60, 89.99730203696208, 60, 90],
  [0, -90, -60, -90, 60, -89.9973020369621],
] as const;

test.each(CELLS)('the middle of the cell of %f %f is the middle of the server’s', (lon, lat, w, s, e, n) => {
  const middle = cellMiddle({ lon, lat });

  expect(middle.lon).toBeCloseTo((w + e) / 2, 9);
  expect(middle.lat).toBeCloseTo((s + n) / 2, 9);
});

test('two places in one cell are told as one', () => {
  expect(cellMiddle({ lon: 7.3376, lat: 47.7501 })).toEqual(cellMiddle({ lon: 7.3411, lat: 47.7524 }));
});

test('the middle of a cell is told as itself', () => {
  const middle = cellMiddle({ lon: 7.42, lat: 43.735 });

  expect(cellMiddle(middle)).toEqual(middle);
});

test('a cell is found again by its name', () => {
  const place = { lon: 7.42, lat: 43.735 };

  expect(cellNamed(cellName(place))).toEqual(cellMiddle(place));
});

test.each(['', '1', '1-', '-1-2', '01-2', '1-2-3', '1.5-2', '999999-0', '33000-999999', 'a-b'])(
  'a cell called %j there is not',
  (name) => {
    expect(cellNamed(name)).toBeNull();
  },
);
