import { beforeEach, expect, test, vi } from 'vitest';

const TOWN = { lon: 7.3388, lat: 47.7508 };

/** The page as it begins at `address`. */
async function pageAt(address: string) {
  vi.resetModules();
  history.replaceState(null, '', address);
  const { viewpoint } = await import('./viewpoint.svelte');
  viewpoint.start(TOWN, 13);
  return viewpoint;
}

beforeEach(() => localStorage.clear());

test('who comes for the first time looks from the middle of the town, at requests and offers', async () => {
  const viewpoint = await pageAt('/');

  expect(viewpoint.at).toEqual(TOWN);
  expect(viewpoint.layers).toEqual(['request', 'offer']);
  expect(viewpoint.chosen).toBe(false);
});

test('where the avatar was put is remembered, and never written into the address', async () => {
  const first = await pageAt('/');
  first.move({ lon: 7.123456, lat: 47.654321 });

  const again = await pageAt(location.href);

  expect(again.at).toEqual({ lon: 7.123456, lat: 47.654321 });
  expect(location.href).not.toContain('7.12');
});

test('an avatar in the hand is not yet where it will stand', async () => {
  const viewpoint = await pageAt('/');

  viewpoint.move({ lon: 7.1, lat: 47.6 }, false);

  expect((await pageAt('/')).at).toEqual(TOWN);
});

test('the map’s view goes into the address only when the reader moved it, to about 100 m', async () => {
  vi.useFakeTimers();
  const viewpoint = await pageAt('/');
  viewpoint.seen({ lon: 7.123456, lat: 47.654321, zoom: 14.26 }, false);
  vi.advanceTimersByTime(1000);
  expect(location.search).toBe('');

  viewpoint.seen({ lon: 7.123456, lat: 47.654321, zoom: 14.26 }, true);
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();

  expect(location.search).toBe('?z=14.3&lat=47.654&lon=7.123');
});

test('an address says what its reader sees: view, layers and scale', async () => {
  const viewpoint = await pageAt('/?z=12&lat=43.7&lon=7.4&layers=mag,request&scale=nearest');

  expect(viewpoint.view).toEqual({ lon: 7.4, lat: 43.7, zoom: 12 });
  expect(viewpoint.layers).toEqual(['request', 'mag']);
  expect(viewpoint.scale).toBe('nearest');
});

test('nonsense in an address or in the memory is ignored', async () => {
  localStorage.setItem('onemile.avatar', '{"lon":"east","lat":912}');

  const viewpoint = await pageAt('/?z=99&lat=abc&lon=7&layers=%00');

  expect(viewpoint.at).toEqual(TOWN);
  expect(viewpoint.layers).toEqual([]);
});

test('the layers in the address are gone when they are the usual ones', async () => {
  const viewpoint = await pageAt('/');
  viewpoint.toggle('mag');
  expect(location.search).toBe('?layers=request,offer,mag');

  viewpoint.toggle('mag');

  expect(location.search).toBe('');
});

test('an avatar dragged past the date line comes out on the other side', async () => {
  const viewpoint = await pageAt('/');

  viewpoint.move({ lon: 181, lat: 0 });

  expect(viewpoint.at.lon).toBeCloseTo(-179);
});

test('the whole mile fits into what is fitted', async () => {
  const viewpoint = await pageAt('/');

  viewpoint.fit(400);

  const metresPerPixel =
    (2 * Math.PI * 6_371_008.8 * Math.cos((TOWN.lat * Math.PI) / 180)) / (512 * 2 ** viewpoint.view.zoom);
  expect(metresPerPixel * 400).toBeGreaterThan(2 * 1609.344);
  expect(metresPerPixel * 400).toBeLessThan(2.3 * 1609.344);
});
