/**
 * The listing that is open: fetched once, then kept true by what the socket tells.
 *
 * A listing that can no longer be read is `gone`, and its words with it: it may have been hidden for good
 * reason. Only where one was writing is remembered, so that nothing typed under it is lost.
 */
import { Problem, type Api } from '../api/client';
import type { ListingChange, ListingView } from '../api/types';
import { problemText } from '../i18n/problem';
import type { LiveSocket } from '../live/socket';
import type { Listing } from '../protocol';

export type OpenedState = 'loading' | 'ready' | 'missing' | 'failed' | 'gone';
export type Verb = 'close' | 'reopen' | 'renew';

type Server = Pick<Api, 'get' | 'post' | 'patch' | 'del'>;

export class OpenedListing {
  view = $state.raw<ListingView | null>(null);
  state = $state<OpenedState>('loading');
  /** Why it could not be fetched, in the reader's language. */
  reason = $state('');
  /** The conversations that were under a listing that is gone. */
  lost = $state.raw<readonly string[]>([]);
  /** An act of its author is on its way. */
  busy = $state(false);
  /** Called when the listing changed while one looked at it. */
  onchanged: ((now: Listing, before: Listing) => void) | undefined;
  #told = 0;
  #stop: (() => void)[];

  constructor(
    readonly id: string,
    socket: Pick<LiveSocket, 'on'>,
    private readonly server: Server,
  ) {
    this.#stop = [
      socket.on('listing', ({ listing }) => this.#changed(listing)),
      socket.on('listing_gone', (event) => event.id === id && this.#gone()),
      socket.on('opened', (event) => {
        if (event.conversation === this.view?.listing.thread) this.#heardOf(event.listing_version);
      }),
      // Whoever comes back, or comes as somebody else, may see something else.
      socket.on('welcome', () => void this.fetch()),
    ];
    void this.fetch();
  }

  /** Stop listening. */
  leave(): void {
    for (const stop of this.#stop) stop();
  }

  /** Fetch it (again). */
  async fetch(): Promise<void> {
    try {
      const view = await this.server.get<ListingView>(`/api/listings/${this.id}`);
      if (view.listing.version < (this.view?.listing.version ?? 0)) return;
      this.view = view;
      this.state = 'ready';
    } catch (failure) {
      this.#notFetched(failure);
    }
  }

  /** Close, reopen or renew it. Rejects with `Problem`. */
  act(verb: Verb): Promise<void> {
    return this.#do(async () => {
      this.#take(await this.server.post<ListingView>(`/api/listings/${this.id}/${verb}`));
    });
  }

  /** Change it, unless somebody has changed it since. Rejects with `Problem`. */
  change(change: Omit<ListingChange, 'version'>): Promise<void> {
    return this.#do(async () => {
      const version = this.view?.listing.version ?? 0;
      this.#take(await this.server.patch<ListingView>(`/api/listings/${this.id}`, { version, ...change }));
    });
  }

  /** Delete it for good. Rejects with `Problem`. */
  remove(): Promise<void> {
    return this.#do(() => this.server.del(`/api/listings/${this.id}`));
  }

  async #do(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await act();
    } catch (failure) {
      // It is not what one was looking at: look again, then decide again.
      if (failure instanceof Problem && failure.status === 409) void this.fetch();
      throw failure;
    } finally {
      this.busy = false;
    }
  }

  #take(view: ListingView): void {
    if (view.listing.version >= (this.view?.listing.version ?? 0)) this.view = view;
  }

  #changed(listing: Listing): void {
    const before = this.view?.listing;
    if (listing.id !== this.id || !this.view || !before || listing.version <= before.version) return;
    this.view = { ...this.view, listing };
    this.onchanged?.(listing, before);
    // What one may do with it has changed along with its state.
    if (listing.state !== before.state || listing.hidden !== before.hidden) void this.fetch();
  }

  #heardOf(version: number): void {
    if (version <= (this.view?.listing.version ?? 0) || version <= this.#told) return;
    this.#told = version;
    void this.fetch();
  }

  #gone(): void {
    if (!this.view) {
      if (this.state !== 'gone') this.state = 'missing';
      return;
    }
    this.lost = [this.view.listing.thread, ...(this.view.dialog ? [this.view.dialog] : [])];
    this.view = null;
    this.state = 'gone';
  }

  #notFetched(failure: unknown): void {
    if (failure instanceof Problem && (failure.status === 404 || failure.status === 410)) this.#gone();
    else if (!this.view) {
      this.state = 'failed';
      this.reason = problemText(failure);
    }
  }
}
