/** How much of a wide screen the open panel takes: an article is read in longer lines than a list. */

export type Room = 'usual' | 'reading' | 'writing';

class PanelRoom {
  /** What the open panel asked for. */
  wanted = $state<Room>('usual');

  /** Ask for `room`; returns how to give it back. */
  take(room: Room): () => void {
    this.wanted = room;
    return () => {
      if (this.wanted === room) this.wanted = 'usual';
    };
  }
}

export const panelRoom = new PanelRoom();
