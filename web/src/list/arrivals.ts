/** Who arrived, told politely: several within a moment are one sentence. */
import { announcer } from '../design/toasts.svelte';
import { away } from '../i18n/format';
import { t } from '../i18n/index.svelte';
import { distance_m } from '../live/sphere';
import type { Pin, Place } from '../protocol';

const MOMENT_MS = 1500;

let waiting: Pin[] = [];

/** Announce that `pins` came into view around the avatar `at`. */
export function announceArrivals(pins: readonly Pin[], at: () => Place): void {
  if (pins.length === 0) return;
  if (waiting.length === 0) setTimeout(() => announce(at()), MOMENT_MS);
  waiting.push(...pins);
}

function announce(at: Place): void {
  const [first] = waiting;
  const count = waiting.length;
  waiting = [];
  if (!first) return;
  announcer.say(t('list.arrived', { count, title: first.title, distance: away(distance_m(at, first)) }));
}
