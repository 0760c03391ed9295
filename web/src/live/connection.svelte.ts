/** How the line is, as the banner tells it: nothing at all unless it has been away for two seconds. */
import type { LineState, LiveSocket } from './socket';

const BANNER_AFTER_MS = 2000;
/** While the line is away, REST is tried as often as this: some networks let no socket through. */
const DETOUR_EVERY_MS = 10_000;

export class Connection {
  state = $state<LineState>('idle');
  /** The line has been away for long enough to say so. */
  away = $state(false);
  /** Called when the line has been away for a while, and every few seconds from then on. */
  ondetour: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly socket: LiveSocket) {
    socket.onstate = (state) => this.#changed(state);
  }

  /** Try again now. */
  retry(): void {
    this.socket.restart();
  }

  #changed(state: LineState): void {
    this.state = state;
    if (state === 'online' || state === 'idle') {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.away = false;
    } else this.#timer ??= setTimeout(() => this.#stayedAway(), BANNER_AFTER_MS);
  }

  #stayedAway(): void {
    this.away = true;
    this.#timer = setTimeout(() => this.#stayedAway(), DETOUR_EVERY_MS);
    this.ondetour?.();
  }
}
