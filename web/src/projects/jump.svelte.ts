/**
 * The avatar's visit to a far project, and the way back: where it stood before is remembered in this tab, and
 * told to nobody.
 */
import type { Pin, Place } from '../protocol';
import { keep, recall } from '../state/stored';
import { viewpoint } from '../state/viewpoint.svelte';

interface Visit {
  title: string;
  there: Place;
  before: Place;
}

const KEPT_AS = 'visit';

class Jump {
  #visit = $state.raw<Visit | null>(visitOf(recall(KEPT_AS, sessionStorage)));
  /** The visit one is on: over as soon as the avatar stands elsewhere. */
  visit = $derived(this.#visit && isAt(this.#visit.there) ? this.#visit : null);

  /** Take the avatar to `pin`. */
  to({ title, lon, lat }: Pick<Pin, 'title' | 'lon' | 'lat'>): void {
    // From one far project to the next, the way back stays the way home.
    const before = this.visit?.before ?? { ...viewpoint.at };
    viewpoint.goTo({ lon, lat });
    this.#keep({ title, there: { ...viewpoint.at }, before });
  }

  /** Go back to where the avatar stood, or to `home`. */
  back(home: Place | null = null): void {
    const { visit } = this;
    if (visit) viewpoint.goTo(home ?? visit.before);
    this.#keep(null);
  }

  #keep(visit: Visit | null): void {
    this.#visit = visit;
    keep(KEPT_AS, visit, sessionStorage);
  }
}

export const jump = new Jump();

function isAt({ lon, lat }: Place): boolean {
  return viewpoint.at.lon === lon && viewpoint.at.lat === lat;
}

function visitOf(kept: unknown): Visit | null {
  const { title, there, before } = (kept ?? {}) as Partial<Visit>;
  return typeof title === 'string' && isPlace(there) && isPlace(before) ? { title, there, before } : null;
}

function isPlace(value: unknown): value is Place {
  const { lon, lat } = (value ?? {}) as Partial<Place>;
  return typeof lon === 'number' && typeof lat === 'number';
}
