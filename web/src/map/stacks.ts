/**
 * Pins that stand too close together for a finger or a pointer become one stack with a count.
 *
 * Somebody's listings all share one published point, and neighbours live wall to wall: drawn on top of each
 * other, all but one would be lost. A stack stands where its first pin stands, and opens as a fan.
 */
import type { Spot } from './camera.svelte';

/** Pins that share one button. The first gives the place; `aside` is how far the button steps from it, in px. */
export interface Stack<P> {
  readonly pins: readonly [P, ...P[]];
  readonly aside: Spot;
}

/** How far apart buttons stand at least, in px: across or along, one of both is enough. */
export interface Room {
  readonly across: number;
  readonly along: number;
}

// A pin's button is 44 by 46 px. Overlapped from three sides by others so far away, 24 by 24 px of it are
// left (WCAG 2.5.8); on a touch screen nothing overlaps at all.
export const POINTER_ROOM: Room = { across: 34, along: 30 };
export const FINGER_ROOM: Room = { across: 44, along: 46 };

/** What is left to press of a pin that the avatar stands on, and half of the avatar's width. */
const LEFT_PX = 24;
const AVATAR_HALF_PX = 22;
const PIN_PX = 46;

/**
 * Stack `pins`, whose tips are at `spot`, so that no two buttons stand closer than `room`. The order of
 * `pins` decides who is the first of a stack; the answer does not depend on where the map is panned to.
 */
export function stacked<P>(
  pins: readonly P[],
  spot: (pin: P) => Spot,
  avatar: Spot,
  room: Room,
): readonly Stack<P>[] {
  const stacks: { pins: [P, ...P[]]; aside: Spot; at: Spot }[] = [];
  for (const pin of pins) {
    const own = spot(pin);
    const aside = besideAvatar(own, avatar);
    const at = { x: own.x + aside.x, y: own.y + aside.y };
    const near = stacks.find(
      (one) => Math.abs(one.at.x - at.x) < room.across && Math.abs(one.at.y - at.y) < room.along,
    );
    if (near) near.pins.push(pin);
    else stacks.push({ pins: [pin], aside, at });
  }
  return stacks;
}

/** How far a pin steps up or down so that enough of it shows from under the avatar. */
function besideAvatar(tip: Spot, avatar: Spot): Spot {
  const [dx, dy] = [tip.x - avatar.x, tip.y - avatar.y];
  const below = AVATAR_HALF_PX + LEFT_PX;
  // Its side shows, or its head, or its foot.
  if (Math.abs(dx) >= LEFT_PX || dy <= PIN_PX - below || dy >= below) return { x: 0, y: 0 };
  const up = PIN_PX - below;
  return { x: 0, y: dy < below / 2 ? up - dy : below - dy };
}

const RING_PX = 58;
const SPACING_PX = 52;

/** Where `count` pins of a fan stand, in px from its middle: on rings, none closer than a button is wide. */
export function fan(count: number): readonly Spot[] {
  const spots: Spot[] = [];
  for (let ring = 1; spots.length < count; ring += 1) {
    const radius = ring * RING_PX;
    const places = Math.min(count - spots.length, Math.floor((2 * Math.PI * radius) / SPACING_PX));
    for (let i = 0; i < places; i += 1) {
      const turn = (2 * Math.PI * i) / places - Math.PI / 2;
      spots.push({ x: Math.round(radius * Math.cos(turn)), y: Math.round(radius * Math.sin(turn)) });
    }
  }
  return spots;
}

/** How far a fan of `count` reaches from its middle, in px. */
export const reachOfFan = (count: number): number =>
  Math.max(0, ...fan(count).map(({ x, y }) => Math.hypot(x, y))) + PIN_PX / 2;

// A fan of more is a maze; going nearer splits them, unless they are all at one place.
const FAN_MOST = 8;
const SPREAD_PX = 160;
const NEARER_MOST = 3;

/** By how much to zoom in to pull a stack at `spots` apart; 0 if it is better opened where it is. */
export function nearer(spots: readonly Spot[]): number {
  if (spots.length <= FAN_MOST) return 0;
  const extent = (values: number[]) => Math.max(...values) - Math.min(...values);
  const wide = Math.max(extent(spots.map(({ x }) => x)), extent(spots.map(({ y }) => y)));
  return wide < 1 ? 0 : Math.min(NEARER_MOST, Math.max(1, Math.log2(SPREAD_PX / wide)));
}
