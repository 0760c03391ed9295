/**
 * Asking the browser where it is: only ever on a click, and an answer of "no" has words of its own.
 */
import type { Place } from '../protocol';

/** Why there is no position: the reader said no, the device does not know, or it took too long. */
export type Unlocated = 'denied' | 'unavailable' | 'timeout';

const PATIENCE_MS = 10_000;
const FRESH_MS = 60_000;

const REASONS: Record<number, Unlocated> = { 1: 'denied', 2: 'unavailable', 3: 'timeout' };

/** Where the device is, to a street's accuracy; rejects with an `Unlocated`. */
export function locate(): Promise<Place> {
  return new Promise((found, failed: (reason: Unlocated) => void) => {
    if (!('geolocation' in navigator)) return failed('unavailable');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found({ lon: coords.longitude, lat: coords.latitude }),
      ({ code }) => failed(REASONS[code] ?? 'unavailable'),
      { timeout: PATIENCE_MS, maximumAge: FRESH_MS },
    );
  });
}
