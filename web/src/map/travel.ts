/** Moving the camera: on whose wish it moved, and how to get it somewhere. */
import type { CameraOptions, Map as GlMap, MapLibreEvent } from 'maplibre-gl';
import type { Camera, Padding } from './camera.svelte';
import type { View } from './stage';

// Nearer than this to the wished view is there: the address bar keeps rounded numbers.
const CLOSE_PX = 12;
const CLOSE_ZOOM = 0.06;
const TRAVEL_MS = 450;

/** Marks a movement that a button of ours began for the reader. */
export const READER = { reader: true };

/** Tell where each movement ended, and whether the reader, and not the program, made it. */
export function listenToTravel(map: GlMap, ended: (byReader: boolean) => void): void {
  let byReader = false;
  const notice = (event: MapLibreEvent): void => {
    byReader ||= ('originalEvent' in event && Boolean(event.originalEvent)) || 'reader' in event;
  };
  map.on('movestart', notice);
  map.on('move', notice);
  // MapLibre 6.17 does not name the wheel as the cause of the movements it makes.
  map.on('wheel', () => (byReader = true));
  map.on('moveend', () => {
    ended(byReader);
    byReader = false;
  });
}

/** Whether `view` is somewhere else than where the camera is. */
export function differs(camera: Camera, view: View): boolean {
  const { x, y } = camera.spot(view);
  const middle = camera.spot(camera.centre());
  return (
    Math.abs(view.zoom - camera.map.getZoom()) > CLOSE_ZOOM ||
    Math.hypot(x - middle.x, y - middle.y) > CLOSE_PX
  );
}

/** Go to a place or a zoom, near by gliding and far away at once. What is not named stays. */
export function goTo(
  camera: Camera,
  to: { lon?: number; lat?: number; zoom?: number },
  by: object = {},
): void {
  // With every movement, for it ends the one before, which may have been making room for a panel.
  const goal: CameraOptions & { padding: Padding } = { padding: { ...camera.padding } };
  if (to.lon !== undefined && to.lat !== undefined) goal.center = [camera.nearLon(to.lon), to.lat];
  if (to.zoom !== undefined) goal.zoom = to.zoom;
  camera.map.easeTo({ ...goal, duration: isFar(camera.map, goal) ? 0 : TRAVEL_MS }, by);
}

/** Whether the way is longer than a few screens: gliding over it would show nothing but loading tiles. */
function isFar(map: GlMap, { center }: CameraOptions): boolean {
  if (!center) return false;
  const [a, b] = [map.project(map.getCenter()), map.project(center)];
  return Math.hypot(a.x - b.x, a.y - b.y) > 4 * map.getContainer().clientWidth;
}

/** Whether the reader wants no motion. */
export const stillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
