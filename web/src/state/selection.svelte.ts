/** Which listing is pointed at: a card under the pointer lifts its pin, and the other way round. */

class Selection {
  /** The listing under the pointer or the focus, in the list or on the map. */
  highlighted = $state<string | null>(null);
  /** Where the pointing happens: the list scrolls to a card only for the map's sake. */
  from = $state<'list' | 'map' | null>(null);

  point(id: string | null, from: 'list' | 'map'): void {
    if (id === null && this.from !== from) return;
    this.highlighted = id;
    this.from = id === null ? null : from;
  }
}

export const selection = new Selection();
