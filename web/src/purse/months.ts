/** The twelve months of the chart: where its bars stand and how high they are. */
import type { Month } from '../api/types';

export const HEIGHT = 96;
export const WIDTH = 360;
const BAR = 10;
const GAP = 2;

export interface Bars {
  month: string;
  /** The middle of the two bars. */
  middle: number;
  received: Bar;
  given: Bar;
}
export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The bars of `months` in a drawing of `WIDTH` × `HEIGHT`; the greatest amount is as high as it. */
export function bars(months: readonly Month[]): Bars[] {
  const most = Math.max(1, ...months.flatMap(({ received, given }) => [received, given]));
  const step = WIDTH / Math.max(1, months.length);
  return months.map(({ month, received, given }, at) => {
    const middle = step * (at + 0.5);
    return {
      month,
      middle,
      received: bar(middle - BAR - GAP / 2, received / most),
      given: bar(middle + GAP / 2, given / most),
    };
  });
}

/** What little there is can be seen. */
function bar(x: number, share: number): Bar {
  const height = share === 0 ? 0 : Math.max(3, share * HEIGHT);
  return { x, y: HEIGHT - height, width: BAR, height };
}

/** «2026-11» as a date in the reader's calendar: its first day, at noon. */
export function firstDay(month: string): Date {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return new Date(year, number - 1, 1, 12);
}
