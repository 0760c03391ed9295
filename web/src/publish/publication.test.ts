import { beforeEach, expect, test } from 'vitest';
import { Problem } from '../api/client';
import type { ListingChange, ListingDraft, ListingView } from '../api/types';
import { attemptFor } from '../forms/attempt';
import { LISTING } from '../live/fakes';
import type { Listing } from '../protocol';
import { publish } from './publication';

const LAWN: ListingDraft = {
  id: LISTING,
  kind: 'request',
  title: 'Tondre la pelouse',
  text: 'Samedi matin.',
  category: 'garden',
  smiles: 3,
  place: { lon: 7.34, lat: 47.75 },
  precision: 'approximate',
};

/** A server with the rules of publishing: keys, ids, versions. It may lose its answers. */
class Street {
  listings = new Map<string, Listing>();
  answers = new Map<string, { sent: string; view: ListingView }>();
  losing = false;
  mine = true;

  async post<T>(_path: string, body: unknown, asking?: { idempotencyKey?: string }): Promise<T> {
    const key = asking?.idempotencyKey ?? '';
    const sent = JSON.stringify(body);
    const known = this.answers.get(key);
    if (known && known.sent !== sent) throw new Problem('idempotency_key_reused', '', 409);
    const view = known?.view ?? this.#hang(body as ListingDraft);
    this.answers.set(key, { sent, view });
    if (this.losing) throw new Problem('offline', '', 0);
    return view as T;
  }
  async get<T>(): Promise<T> {
    return this.#view(this.listings.get(LISTING)!) as T;
  }
  async patch<T>(_path: string, body: unknown): Promise<T> {
    const { version, ...change } = body as ListingChange;
    const listing = this.listings.get(LISTING)!;
    if (listing.version !== version) throw new Problem('changed_meanwhile', '', 409);
    const changed = { ...listing, ...change, version: version + 1 } as Listing;
    this.listings.set(LISTING, changed);
    return this.#view(changed) as T;
  }

  #hang(draft: ListingDraft): ListingView {
    const there = this.listings.get(draft.id);
    if (there && there.title !== draft.title) throw new Problem('id_taken', '', 409);
    const listing = there ?? ({ ...draft, version: 1 } as unknown as Listing);
    this.listings.set(draft.id, listing);
    return this.#view(listing);
  }
  #view(listing: Listing): ListingView {
    const may: ListingView['may'] = this.mine ? ['edit'] : ['answer'];
    return { listing, may, dialog: null, dialogs: [], thread_unread: 0 };
  }
}

let street: Street;
beforeEach(() => (street = new Street()));

test('after a lost answer the same draft is tried under the same key, and exists once', async () => {
  street.losing = true;
  const first = attemptFor(LAWN, null);
  await expect(publish(street, LAWN, first)).rejects.toMatchObject({ code: 'offline' });

  street.losing = false;
  const second = attemptFor(LAWN, first);
  const view = await publish(street, LAWN, second);

  expect(second.key).toBe(first.key);
  expect(view.listing.version).toBe(1);
  expect(street.listings.size).toBe(1);
});

test('after a lost answer other words change the listing that stands there already', async () => {
  street.losing = true;
  const first = attemptFor(LAWN, null);
  await expect(publish(street, LAWN, first)).rejects.toThrow();

  street.losing = false;
  const reworded = { ...LAWN, title: 'Tondre une petite pelouse' };
  const second = attemptFor(reworded, first);
  const view = await publish(street, reworded, second);

  expect(second.key).not.toBe(first.key);
  expect(view.listing).toMatchObject({ title: 'Tondre une petite pelouse', version: 2 });
  expect(street.listings.size).toBe(1);
});

test('after a lost answer other photos are told to the listing that stands there already', async () => {
  await publish(street, LAWN, attemptFor(LAWN, null));
  const photos = [{ id: 'a', alt: '', caption: '' }];

  await publish(street, { ...LAWN, photos }, attemptFor({ ...LAWN, photos }, null));

  expect(street.listings.get(LISTING)).toMatchObject({ photos, version: 2 });
});

test('an id that is somebody else’s is not changed', async () => {
  await publish(street, { ...LAWN, title: 'Autre chose' }, attemptFor(LAWN, null));
  street.mine = false;

  await expect(publish(street, LAWN, attemptFor(LAWN, null))).rejects.toMatchObject({ code: 'id_taken' });

  expect(street.listings.get(LISTING)?.title).toBe('Autre chose');
});
