/**
 * One's own listings and what one does with them. Only what is easily undone is shown before the server has
 * said yes: marking a listing as in progress, and back.
 */
import type { Api } from '../api/client';
import type { ListingChange, ListingView, OwnListings } from '../api/types';
import type { Listing, ListingState } from '../protocol';

export type Act = 'begin' | 'halt' | 'close' | 'reopen' | 'renew' | 'delete';
type Server = Pick<Api, 'get' | 'post' | 'patch' | 'del'>;

const ALIVE: readonly ListingState[] = ['open', 'in_progress'];
const MAY: Readonly<Record<ListingState, readonly (Act | 'edit')[]>> = {
  open: ['edit', 'begin', 'close', 'renew', 'delete'],
  in_progress: ['edit', 'halt', 'close', 'renew', 'delete'],
  done: ['reopen', 'delete'],
  expired: ['renew', 'delete'],
  deleted: [],
};

/** Whether the server would let its author do `act` with `listing` now. */
export function mayAct(listing: Listing, act: Act | 'edit'): boolean {
  if (listing.hidden) return act === 'delete' && listing.state !== 'deleted';
  if (listing.kind === 'mag' && (act === 'begin' || act === 'halt')) return false;
  // A project ends on its own page.
  if (listing.kind === 'project' && act !== 'edit' && act !== 'delete') return false;
  // An event ends when it is over.
  if (listing.ends_at && act === 'renew') return false;
  if (listing.ends_at && act === 'reopen' && Date.parse(listing.ends_at) <= Date.now()) return false;
  return MAY[listing.state].includes(act);
}

export class Own {
  /** Newest first; null while they are not known. */
  listings = $state.raw<readonly Listing[] | null>(null);
  /** Why they could not be fetched. */
  failure = $state.raw<unknown>(null);
  /** The listings that something is being done with. */
  busy = $state.raw<ReadonlySet<string>>(new Set());

  constructor(private readonly server: Server) {}

  get alive(): readonly Listing[] {
    return (this.listings ?? []).filter((one) => ALIVE.includes(one.state));
  }
  get ended(): readonly Listing[] {
    return (this.listings ?? []).filter((one) => !ALIVE.includes(one.state) && one.state !== 'deleted');
  }

  /** Fetch them (again). */
  async load(): Promise<void> {
    try {
      const { listings } = await this.server.get<OwnListings>('/api/me/listings');
      this.listings = listings;
      this.failure = null;
    } catch (failure) {
      this.failure = failure;
    }
  }

  /** Do `act` with `listing`. Rejects with `Problem`; the list is then as it was, or fetched anew. */
  async act(listing: Listing, act: Act): Promise<void> {
    if (this.busy.has(listing.id)) return;
    this.busy = new Set([...this.busy, listing.id]);
    const hoped = act === 'begin' ? 'in_progress' : act === 'halt' ? 'open' : null;
    if (hoped) this.#put({ ...listing, state: hoped });
    try {
      this.#put(await this.#ask(listing, act));
    } catch (failure) {
      this.#put(listing);
      void this.load();
      throw failure;
    } finally {
      this.busy = new Set([...this.busy].filter((id) => id !== listing.id));
    }
  }

  async #ask(listing: Listing, act: Act): Promise<Listing> {
    const path = `/api/listings/${listing.id}`;
    if (act === 'delete') {
      await this.server.del(path);
      return { ...listing, state: 'deleted' };
    }
    if (act === 'begin' || act === 'halt') {
      const state = act === 'begin' ? 'in_progress' : 'open';
      const change: ListingChange = { version: listing.version, state };
      return (await this.server.patch<ListingView>(path, change)).listing;
    }
    return (await this.server.post<ListingView>(`${path}/${act}`)).listing;
  }

  #put(listing: Listing): void {
    this.listings = (this.listings ?? []).map((one) => (one.id === listing.id ? listing : one));
  }
}
