import { describe, expect, it } from 'vitest';
import { fan, nearer, FINGER_ROOM, POINTER_ROOM, stacked } from './stacks';

interface Tip {
  id: string;
  x: number;
  y: number;
}
const tip = (id: string, x: number, y: number): Tip => ({ id, x, y });
const AWAY = { x: -1000, y: -1000 };
const ids = (tips: readonly Tip[], room = POINTER_ROOM) =>
  stacked(tips, (one) => one, AWAY, room).map(({ pins }) => pins.map(({ id }) => id).join(''));

describe('a stack', () => {
  it('holds the pins of one place, the first on top', () => {
    expect(ids([tip('a', 5, 5), tip('b', 5, 5), tip('c', 5, 5)])).toEqual(['abc']);
  });

  it('leaves apart what is far enough apart, across or along', () => {
    expect(ids([tip('a', 0, 0), tip('b', 34, 0), tip('c', 0, 30)])).toEqual(['a', 'b', 'c']);
  });

  it('is made earlier where fingers press', () => {
    const pins = [tip('a', 0, 0), tip('b', 40, 0)];

    expect(ids(pins)).toEqual(['a', 'b']);
    expect(ids(pins, FINGER_ROOM)).toEqual(['ab']);
  });

  it('is the same wherever the map is panned to', () => {
    const pins = Array.from({ length: 40 }, (_, i) => tip(`${i} `, (i * 37) % 200, (i * 53) % 160));
    const panned = pins.map(({ id, x, y }) => tip(id, x + 1234.5, y - 77.25));

    expect(ids(panned)).toEqual(ids(pins));
  });

  it('leaves 24 by 24 px of every button free, whatever stands in front of it', () => {
    const pins = Array.from({ length: 80 }, (_, i) => tip(String(i), (i * 71) % 311, (i * 113) % 293));
    const placed = stacked(pins, (one) => one, AWAY, POINTER_ROOM).map(({ pins: [first] }) => first);

    for (const back of placed) {
      const front = placed.filter((one) => one.y >= back.y && one !== back);
      expect(freeSquare(back, front)).toBe(true);
    }
  });
});

describe('a pin under the avatar', () => {
  const AVATAR = { x: 0, y: 0 };
  const asideOf = (x: number, y: number) =>
    stacked([tip('a', x, y)], (one) => one, AVATAR, POINTER_ROOM)[0]?.aside;

  it('steps up or down until enough of it can be pressed', () => {
    expect(asideOf(0, 10)).toEqual({ x: 0, y: -10 });
    expect(asideOf(0, 40)).toEqual({ x: 0, y: 6 });
  });

  it('stays where its head, foot or side shows', () => {
    for (const [x, y] of [
      [0, 0],
      [0, 46],
      [24, 20],
      [300, 300],
    ] as const)
      expect(asideOf(x, y)).toEqual({ x: 0, y: 0 });
  });
});

describe('a fan', () => {
  it.each([2, 3, 6, 7, 20, 45])('of %i keeps its pins apart', (count) => {
    const spots = fan(count);

    expect(spots).toHaveLength(count);
    for (const [i, a] of spots.entries())
      for (const b of spots.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(44);
  });
});

describe('a stack of many', () => {
  const many = (step: number) => Array.from({ length: 9 }, (_, i) => tip(String(i), i * step, 0));

  it('is pulled apart by going nearer', () => {
    expect(nearer(many(5))).toBe(2);
    expect(nearer(many(0.5))).toBe(3);
  });

  it('opens as a fan when it is at one place, or not so many', () => {
    expect(nearer(many(0))).toBe(0);
    expect(nearer(many(5).slice(1))).toBe(0);
  });
});

/** Whether a square of 24 px lies in the button of `back` where no button of `front` covers it. */
function freeSquare(back: Tip, front: readonly Tip[]): boolean {
  for (let left = back.x - 22; left <= back.x - 2; left += 1)
    for (let top = back.y - 46; top <= back.y - 24; top += 1) {
      const covered = front.some(
        ({ x, y }) => x - 22 < left + 24 && x + 22 > left && y - 46 < top + 24 && y > top,
      );
      if (!covered) return true;
    }
  return false;
}
