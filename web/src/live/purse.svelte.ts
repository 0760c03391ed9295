/** One's smiles, on all one's screens alike: what one has, what of it is held, what one owes. */
import type { Api } from '../api/client';
import type { Wallet } from '../api/types';
import type { Purse } from '../protocol';
import type { LiveSocket } from './socket';

/** What does not change from day to day: how smiles can be had here. */
export type Terms = Omit<Wallet, 'purse'>;

export class PurseStore {
  /** The purse of who is signed in, once it is known; its higher version wins. */
  purse = $state.raw<Purse | null>(null);
  terms = $state.raw<Terms | null>(null);
  /** Fetching failed and it was never known: show a way to try again (`refresh`). */
  failed = $state(false);
  /** Called when the purse that was shown has changed. */
  onchange: ((now: Purse, before: Purse) => void) | undefined;
  #member: string | undefined;

  constructor(
    socket: LiveSocket,
    private readonly api: Pick<Api, 'get'>,
  ) {
    socket.on('welcome', (event) => this.identify(event.member?.id, true));
    socket.on('resync', (event) => setTimeout(() => void this.refresh(), Math.random() * event.within_ms));
    socket.on('purse', (event) => this.#take(event.purse));
  }

  /** Whose purse it is from now on; `again` fetches it even if it is the same member's. */
  identify(member: string | undefined, again = false): void {
    if (this.#member === member && !again) return;
    if (this.#member !== member) [this.purse, this.terms, this.failed] = [null, null, false];
    this.#member = member;
    if (member) void this.refresh();
  }

  /** Fetch it anew. */
  async refresh(): Promise<void> {
    const member = this.#member;
    if (!member) return;
    const wallet = await this.api.get<Wallet>('/api/me/smiles').catch(() => undefined);
    if (member !== this.#member) return;
    this.failed = !wallet && !this.purse;
    if (!wallet) return;
    const { purse, ...terms } = wallet;
    this.terms = terms;
    this.#take(purse);
  }

  /** What was overtaken, by the socket or on the way to us, is no news. */
  #take(purse: Purse): void {
    const before = this.purse;
    if (!this.#member || (before && before.version >= purse.version)) return;
    this.purse = purse;
    if (before) this.onchange?.(purse, before);
  }
}
