/**
 * Choosing a place on the map: for a listing, or for one's home.
 *
 * A panel begins it and reads `place`; the map shows a draggable marker meanwhile. It ends when the
 * panel goes away.
 */
import type { Place } from '../protocol';

class Placing {
  /** The chosen place; null while none is being chosen. */
  place = $state.raw<Place | null>(null);
  /** On a phone: the panel asks that the map be seen, so the sheet goes down until `mapShown` is false. */
  mapShown = $state(false);

  get active(): boolean {
    return this.place !== null;
  }

  /** Show the marker at `place`. Call `end` when the panel goes away. */
  begin(place: Place): void {
    this.place = place;
  }

  /** The marker was moved, or an address was found. */
  move(place: Place): void {
    if (this.active) this.place = place;
  }

  end(): void {
    [this.place, this.mapShown] = [null, false];
  }
}

export const placing = new Placing();
