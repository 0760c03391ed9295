import { expect, test } from 'vitest';
import { cellMiddle, cellName } from '../forms/cell';
import { asked } from './asked';

const PLACE = { lon: 7.42, lat: 43.735 };

test('the address names the cell, the layers, the scale, the language and the theme', () => {
  const found = asked(`?cell=${cellName(PLACE)}&layers=mag,offer&scale=nearest&locale=en&theme=dark`);

  expect(found).toEqual({
    at: cellMiddle(PLACE),
    layers: ['offer', 'mag'],
    scale: 'nearest',
    locale: 'en',
    theme: 'dark',
  });
});

test.each(['', '?cell=here&layers=all&scale=world&locale=de&theme=pink', '?layers='])(
  'whatever %j does not say is as usual',
  (query) => {
    expect(asked(query)).toEqual({
      at: null,
      layers: ['request', 'offer', 'project', 'mag'],
      scale: 'mile',
      locale: null,
      theme: null,
    });
  },
);
