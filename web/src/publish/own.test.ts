import { beforeEach, expect, test } from 'vitest';
import { Problem } from '../api/client';
import type { ListingView } from '../api/types';
import { LISTING } from '../live/fakes';
import type { Listing } from '../protocol';
import { mayAct, Own } from './own.svelte';

const LAWN = { id: LISTING, title: 'Tondre', state: 'open', hidden: false, version: 1 } as Listing;

/** A server with one listing, whose answers wait until they are let go. */
class Street {
  listing: Listing = LAWN;
  refusing = false;
  go: () => void = () => undefined;

  async get<T>(): Promise<T> {
    return { listings: [this.listing] } as T;
  }
  async post<T>(path: string): Promise<T> {
    const state = path.endsWith('close') ? 'done' : 'open';
    return this.#answer<T>({ ...this.listing, state, version: this.listing.version + 1 });
  }
  async patch<T>(_path: string, body: unknown): Promise<T> {
    return this.#answer<T>({ ...this.listing, ...(body as Listing), version: this.listing.version + 1 });
  }
  async del<T>(): Promise<T> {
    return undefined as T;
  }

  async #answer<T>(listing: Listing): Promise<T> {
    await new Promise<void>((resolve) => (this.go = resolve));
    if (this.refusing) throw new Problem('changed_meanwhile', 'Entre-temps…', 409);
    this.listing = listing;
    return { listing } as ListingView as T;
  }
}

let street: Street;
let own: Own;
beforeEach(async () => {
  street = new Street();
  own = new Own(street);
  await own.load();
});
const state = () => own.listings?.[0]?.state;

test('being in progress is shown at once', async () => {
  const done = own.act(LAWN, 'begin');
  expect(state()).toBe('in_progress');

  street.go();
  await done;
  expect(own.listings?.[0]).toMatchObject({ state: 'in_progress', version: 2 });
});

test('what the server refuses goes back', async () => {
  street.refusing = true;
  const done = own.act(LAWN, 'begin');

  street.go();

  await expect(done).rejects.toThrow();
  expect(state()).toBe('open');
});

test('a listing is not shown as settled before the server says so', async () => {
  const done = own.act(LAWN, 'close');
  expect(state()).toBe('open');

  street.go();
  await done;
  expect(own.ended.map((one) => one.id)).toEqual([LISTING]);
});

test('a deleted listing is in neither list', async () => {
  await own.act(LAWN, 'delete');

  expect([...own.alive, ...own.ended]).toEqual([]);
});

test('the author of a hidden listing can only delete it', () => {
  const hidden = { ...LAWN, hidden: true };

  expect((['edit', 'close', 'renew', 'delete'] as const).filter((act) => mayAct(hidden, act))).toEqual([
    'delete',
  ]);
});
