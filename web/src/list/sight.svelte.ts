/**
 * What of all that is in view is shown: on the map and in the list alike, so that both agree.
 *
 * Mags may be narrowed to the events of today or of this week. The choice lasts as long as the browser's tab,
 * and the day changes at midnight by the page's one clock.
 */
import { dayStart } from '../i18n/when';
import { pins } from '../live';
import type { Pin } from '../protocol';
import { now } from '../state/clock.svelte';
import { keep, recall } from '../state/stored';
import { viewpoint } from '../state/viewpoint.svelte';
import { isShown, WHEN, type When } from './agenda';

const KEPT_AS = 'agenda';

class Sight {
  #when = $state<When>(WHEN.find((one) => one === recall(KEPT_AS, sessionStorage)) ?? 'all');
  #today = $derived(dayStart(now()));
  /** Every pin that is shown, in no order. */
  pins = $derived(this.#when === 'all' ? pins.pins : pins.pins.filter((pin) => this.has(pin)));
  /** The same and those just done: what the map draws. */
  shown = $derived(this.#when === 'all' ? pins.shown : pins.shown.filter((pin) => this.has(pin)));
  /** Nearest first: what the list shows. */
  list = $derived(this.#when === 'all' ? pins.list : pins.list.filter(({ pin }) => this.has(pin)));
  /** Mags are wanted, but none of them happens then. */
  bare = $derived(
    this.#when !== 'all' && viewpoint.layers.includes('mag') && !this.pins.some((pin) => pin.kind === 'mag'),
  );

  get when(): When {
    return this.#when;
  }
  set when(when: When) {
    this.#when = when;
    keep(KEPT_AS, when === 'all' ? null : when, sessionStorage);
  }

  has(pin: Pin): boolean {
    return isShown(pin, this.#when, this.#today);
  }
}

export const sight = new Sight();
