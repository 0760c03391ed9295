/**
 * What the map says about pins: their names, which of them are drawn as buttons, who stands in front.
 */
import type { FeatureCollection, Point } from 'geojson';
import { away, smiles } from '../i18n/format';
import { t } from '../i18n/index.svelte';
import { span } from '../i18n/when';
import { distance_m } from '../live/sphere';
import { timeLeft } from '../projects/progress';
import type { Pin, Place } from '../protocol';
import type { Bounds } from './plain';

// Buttons while few: each can be reached by keyboard and read aloud. Beyond, the GPU draws and clusters.
const CROWD = 80;
// Closer together, on a phone, a thumb no longer meets the one it means.
const ROOM_PX2 = 2800;
// Less than the limit, so that a pan along the edge of a crowd does not flicker between both.
const CALM = 0.75;

/** Whether `count` pins on a screen of `area` square pixels are too many for buttons, given whether they were. */
export function isCrowded(count: number, area: number, was: boolean): boolean {
  const limit = Math.min(CROWD, area / ROOM_PX2);
  return count > (was ? limit * CALM : limit);
}

/** The pins within `bounds`, whichever copy of the world they are written in. */
export function pinsWithin(pins: readonly Pin[], [west, south, east, north]: Bounds): Pin[] {
  const inside = (lon: number) => east - west >= 360 || (((lon - west) % 360) + 360) % 360 <= east - west;
  return pins.filter(({ lon, lat }) => lat >= south && lat <= north && inside(lon));
}

/** What matters about a pin besides its title: when an event is, what a mag is about, how long a project is open, else the smiles. */
function gist(pin: Pin): string {
  if (pin.starts_at) return span(pin.starts_at, pin.ends_at ?? null);
  if (pin.progress) return timeLeft(pin.progress);
  return pin.kind === 'mag' ? t(`common.category_${pin.category}`) : smiles(pin.smiles);
}

/** A pin as it is read aloud: «Demande : Tondre la pelouse, à 350 m, 3 smiles, en cours, non lu». */
export function pinName(pin: Pin, avatar: Place, unread: boolean): string {
  let name = t('map.pin', {
    kind: t(`common.${pin.kind}`),
    title: pin.title,
    distance: away(distance_m(avatar, pin)),
    gist: gist(pin),
  });
  if (pin.state === 'in_progress') name = t('map.pin_in_progress', { pin: name });
  if (pin.state === 'done') name = t('map.pin_done', { pin: name });
  return unread ? t('map.pin_unread', { pin: name }) : name;
}

/** Southern pins stand in front of northern ones, as in a street seen from the south. */
export const depthOf = (lat: number): number => Math.round((90 - lat) * 10_000);
/** In front of every other pin; the avatar stands in front of that, an open fan in front of all. */
export const FRONT = 1_850_000;

/** `pins` in the order in which they are stacked: the open one stands where it is, then the oldest. */
export const inOrder = (pins: readonly Pin[], opened: string | null): Pin[] =>
  pins.toSorted((a, b) => Number(b.id === opened) - Number(a.id === opened) || (a.id < b.id ? -1 : 1));

/** A stack as it is read aloud: «3 annonces : Tondre la pelouse, Soupe, Vélo, non lu». */
export function stackName(pins: readonly Pin[], unread: boolean): string {
  const name = t('map.stack', { count: pins.length, titles: pins.map(({ title }) => title).join(', ') });
  return unread ? t('map.pin_unread', { pin: name }) : name;
}

/** The pins for the GPU: `look` names the image of each. */
export function pinFeatures(
  pins: readonly Pin[],
  look: (pin: Pin) => string,
): FeatureCollection<Point, { id: string; look: string }> {
  return {
    type: 'FeatureCollection',
    features: pins.map((pin) => ({
      type: 'Feature',
      properties: { id: pin.id, look: look(pin) },
      geometry: { type: 'Point', coordinates: [pin.lon, pin.lat] },
    })),
  };
}

/** How far the five-nearest scale reaches: metres to the furthest of `pins`; 0 without any. */
export const reachM = (avatar: Place, pins: readonly Place[]): number =>
  pins.reduce((furthest, pin) => Math.max(furthest, distance_m(avatar, pin)), 0);
