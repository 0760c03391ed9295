/**
 * What one still has under listings that moderators have hidden: their pages are closed, and nothing tells of
 * them to who may not read them. So it is asked for, and again whenever it may have changed.
 */
import type { LiveSocket } from './socket';

/** A hide reaches all who have something there at once: they do not all ask in the same moment. */
const PAUSE_MS = 250;
const SPREAD_MS = 1500;

export class Hidden<One> {
  /** In the server's order. */
  all = $state.raw<readonly One[]>([]);
  /** It was asked for, and answered or not. */
  known = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #stop: (() => void)[];

  /** `ask` brings all there is; `listing` is what one of them lies under. Call `leave` when done. */
  constructor(
    socket: Pick<LiveSocket, 'on'>,
    private readonly ask: () => Promise<readonly One[]>,
    private readonly listing: (one: One) => string,
    private readonly spread: () => number = () => Math.random() * SPREAD_MS,
  ) {
    this.#stop = [
      socket.on('welcome', ({ member }) => (member ? void this.fetch() : this.#forget())),
      // One was hidden; one was restored; smiles came back.
      socket.on('listing_gone', () => this.#later()),
      socket.on('listing_restored', ({ id }) => this.of(id) && this.#later()),
      socket.on('resync', ({ within_ms }) => this.#later(Math.random() * within_ms)),
      socket.on('purse', () => this.all.length > 0 && this.#later()),
    ];
  }

  /** Stop listening. */
  leave(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stop) stop();
  }

  /** What one has under the listing `id`, if it is hidden. */
  of(id: string): One | undefined {
    return this.all.find((one) => this.listing(one) === id);
  }

  /** Fetch it (again), now. What is known stays if it does not come. */
  async fetch(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const asked = (this.#asked += 1);
    const answer = await this.ask().catch(() => undefined);
    if (asked !== this.#asked) return;
    this.known = true;
    if (answer) this.all = answer;
  }

  #forget(): void {
    this.#asked += 1;
    this.all = [];
  }

  #later(after = PAUSE_MS + this.spread()): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.fetch(), after);
  }
}
