/** Which listing is pointed at, a card under the pointer lifting its pin and the other way round; which is open. */
import type { Pin } from '../protocol';

class Selection {
  /** The listing under the pointer or the focus, in the list or on the map. */
  highlighted = $state<string | null>(null);
  /** Where the pointing happens: the list scrolls to a card only for the map's sake. */
  from = $state<'list' | 'map' | null>(null);

  /** The listing whose panel is open: the map shows it wherever it is, also beyond the mile. */
  opened = $state.raw<Pin | null>(null);

  point(id: string | null, from: 'list' | 'map'): void {
    if (id === null && this.from !== from) return;
    this.highlighted = id;
    this.from = id === null ? null : from;
  }
}

export const selection = new Selection();
