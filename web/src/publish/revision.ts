/** Changing a published listing: only what its author changed is sent, so that nothing else is undone. */
import type { ListingChange } from '../api/types';
import type { Listing } from '../protocol';
import { formFrom, formOf, toldPlace, type ListingForm } from './form';

const COMPARED = ['title', 'text', 'category', 'smiles', 'precision'] as const;

/** A form, and the listing as it was when one began to change it. */
export interface Revision {
  version: number;
  base: ListingForm;
  form: ListingForm;
}

/** Begin with `listing` as it is. */
export function begun(listing: Listing): Revision {
  return { version: listing.version, base: formFrom(listing), form: formFrom(listing) };
}

/** What was kept of an unfinished revision of `listing`, else a new one. */
export function resumed(kept: unknown, listing: Listing): Revision {
  const { version, base, form } = (kept ?? {}) as Partial<Record<keyof Revision, unknown>>;
  if (typeof version !== 'number' || !base || !form) return begun(listing);
  return { version, base: formOf(base), form: { ...formOf(form), kind: formFrom(listing).kind } };
}

/** Something differs from the listing one began with. */
export function isChanged(revision: Revision): boolean {
  return Object.keys(changeOf(revision)).length > 1;
}

/** What to tell the server. A place is told only if it was chosen anew. */
export function changeOf({ version, base, form }: Revision): ListingChange {
  const change: ListingChange = { version };
  const now = { ...form, title: form.title.trim(), text: form.text.trim() };
  for (const name of COMPARED) if (now[name] !== base[name]) Object.assign(change, { [name]: now[name] });
  if (form.place) change.place = toldPlace(form.place, form.precision);
  return change;
}

/** An approximate listing becomes exact only by being placed: nobody knows the exact place any more. */
export function lacksPlace({ base, form }: Revision): boolean {
  return form.precision === 'exact' && base.precision === 'approximate' && form.place === null;
}
