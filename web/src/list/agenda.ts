/** Which mags are of today or of this week, by the calendar of the reader's device. */
import { dayStart } from '../i18n/when';
import type { Pin } from '../protocol';

export const WHEN = ['all', 'today', 'week'] as const;
/** Which mags one wants to see: all, or the events of today or of this week. */
export type When = (typeof WHEN)[number];

/**
 * Whether `pin` is shown: everything but mags always is, a mag only if it happens `when`.
 *
 * `today` is the midnight with which this day began. A week ends with its Sunday.
 */
export function isShown(pin: Pin, when: When, today: number): boolean {
  if (pin.kind !== 'mag' || when === 'all') return true;
  if (!pin.starts_at) return false;
  const starts = Date.parse(pin.starts_at);
  const ends = pin.ends_at ? Date.parse(pin.ends_at) : starts;
  return starts < endOf(when, today) && ends >= today;
}

/** The first event of `pins` that is still to come once that time is over; undefined if there is none. */
export function nextAfter(pins: readonly Pin[], when: Exclude<When, 'all'>, today: number): Pin | undefined {
  const over = endOf(when, today);
  const starts = ({ starts_at }: Pin) => Date.parse(starts_at ?? '');
  return pins.filter((pin) => starts(pin) >= over).sort((a, b) => starts(a) - starts(b))[0];
}

function endOf(when: 'today' | 'week', today: number): number {
  if (when === 'today') return dayStart(today, 1);
  const sinceMonday = (new Date(today).getDay() + 6) % 7;
  return dayStart(today, 7 - sinceMonday);
}
