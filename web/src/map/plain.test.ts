import { describe, expect, it } from 'vitest';
import { graticule, plainStyle } from './plain';

describe('the grid on the paper', () => {
  it('has a handful of lines each way at every zoom', () => {
    for (const width of [360, 1, 0.02, 0.0007]) {
      const { features } = graticule([7, 47, 7 + width, 47 + width / 2]);

      expect(features.length).toBeGreaterThan(6);
      expect(features.length).toBeLessThan(24);
    }
  });

  it('stays where it is while the map moves over it', () => {
    const meridians = (west: number) =>
      graticule([west, 47, west + 0.5, 47.25])
        .features.map(({ geometry }) => geometry.coordinates)
        .filter(([from, to]) => from![0] === to![0])
        .map(([from]) => from![0]);

    const [before, after] = [meridians(7), meridians(7.1)];

    expect(after.filter((lon) => before.includes(lon)).length).toBeGreaterThan(4);
  });
});

describe('the plain style', () => {
  it('asks nothing of the network', () => {
    for (const source of Object.values(plainStyle('light').sources)) expect(source.type).toBe('geojson');
  });
});
