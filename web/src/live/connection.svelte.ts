/**
 * How the line is, as the banner tells it: nothing at all unless something has been wrong for two seconds.
 *
 * Either the line of this page is away, or it is there but the server's own, between its processes, is down:
 * then one reads and writes as ever, and what others do comes late.
 */
import type { LineState, LiveSocket } from './socket';

const BANNER_AFTER_MS = 2000;
/** While the line is away, REST is tried as often as this: some networks let no socket through. */
const DETOUR_EVERY_MS = 10_000;

export class Connection {
  state = $state<LineState>('idle');
  /** The line has been away for long enough to say so. */
  away = $state(false);
  /** Live updates have been paused for long enough to say so. */
  paused = $state(false);
  /** The line is away, but the server answers: the network lets no socket through. */
  detours = $state(false);
  /** Called when the line has been away for a while, and every few seconds from then on; says whether REST works. */
  ondetour: (() => Promise<boolean>) | undefined;
  /** The same while live updates are paused. */
  onpaused: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly socket: LiveSocket) {
    socket.onstate = (state) => this.#changed(state);
    socket.on('welcome', (event) => (event.paused ? this.#pauses() : this.#goesOn()));
    socket.on('paused', () => this.#pauses());
    socket.on('resync', () => this.#goesOn());
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
      this.away = this.detours = false;
    } else {
      this.#goesOn();
      this.#timer ??= setTimeout(() => this.#stayedAway(), BANNER_AFTER_MS);
    }
  }

  #stayedAway(): void {
    this.away = true;
    this.#timer = setTimeout(() => this.#stayedAway(), DETOUR_EVERY_MS);
    void this.ondetour?.().then((works) => (this.detours = works && this.away));
  }

  #pauses(): void {
    this.#pause ??= setTimeout(() => this.#stayedPaused(), BANNER_AFTER_MS);
  }

  #stayedPaused(): void {
    this.paused = true;
    this.#pause = setTimeout(() => this.#stayedPaused(), DETOUR_EVERY_MS);
    this.onpaused?.();
  }

  #goesOn(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.paused = false;
  }
}
