/**
 * Sending something that may have to wait for the connection: it is tried again when the line is back, until
 * it is answered or the writer thinks better of it.
 */
import { Problem } from '../api/client';
import type { LiveSocket } from '../live/socket';

/** Lines come back without saying so: behind a captive portal, say. */
const AGAIN_MS = 15_000;

export class Sending {
  state = $state<'idle' | 'busy' | 'waiting'>('idle');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void)[];

  /** `act` is what to send; `refused` is told why it was not done, unless there was no line. */
  constructor(
    socket: Pick<LiveSocket, 'on'>,
    private readonly act: () => Promise<void>,
    private readonly refused: (failure: unknown) => void,
  ) {
    const again = () => this.state === 'waiting' && void this.send();
    window.addEventListener('online', again);
    this.#stop = [
      socket.on('welcome', () => void again()),
      () => window.removeEventListener('online', again),
    ];
  }

  /** Send now. */
  async send(): Promise<void> {
    if (this.state === 'busy') return;
    clearTimeout(this.#timer);
    this.state = 'busy';
    try {
      await this.act();
      this.state = 'idle';
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'offline') this.#wait();
      else {
        this.state = 'idle';
        this.refused(failure);
      }
    }
  }

  /** Think better of it: what waits is not sent. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.state === 'waiting') this.state = 'idle';
  }

  /** The page goes away. */
  leave(): void {
    this.stop();
    for (const stop of this.#stop) stop();
  }

  #wait(): void {
    this.state = 'waiting';
    this.#timer = setTimeout(() => void this.send(), AGAIN_MS);
  }
}
