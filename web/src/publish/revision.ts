/** Changing a published listing: only what its author changed is sent, so that nothing else is undone. */
import type { ListingChange } from '../api/types';
import { choicesOf } from '../photos/upload.svelte';
import type { Listing } from '../protocol';
import { datesOf, isSameMoment } from './dates';
import { termsChange } from '../projects/terms';
import { formFrom, formOf, toldPlace, type ListingForm } from './form';

const COMPARED = ['title', 'text', 'category', 'smiles', 'precision'] as const;
const DATES = ['starts_at', 'ends_at'] as const;

/** A form, and the listing as it was when one began to change it. */
export interface Revision {
  version: number;
  base: ListingForm;
  form: ListingForm;
}

/** Begin with `listing` as it is; `instructions` are a project's. */
export function begun(listing: Listing, instructions = ''): Revision {
  const form = () => formFrom(listing, instructions);
  return { version: listing.version, base: form(), form: form() };
}

/** What was kept of an unfinished revision of `listing`, else a new one. */
export function resumed(kept: unknown, listing: Listing, instructions = ''): Revision {
  const { version, base, form } = (kept ?? {}) as Partial<Record<keyof Revision, unknown>>;
  if (typeof version !== 'number' || !base || !form) return begun(listing, instructions);
  return { version, base: formOf(base), form: { ...formOf(form), kind: formFrom(listing).kind } };
}

/** Something differs from the listing one began with, or will once its photos are sent. */
export function isChanged(revision: Revision): boolean {
  const pending = revision.form.photos.some(({ photo }) => photo === null);
  return pending || Object.keys(changeOf(revision)).length > 1;
}

/** What to tell the server. A place is told only if it was chosen anew. */
export function changeOf({ version, base, form }: Revision): ListingChange {
  const change: ListingChange = { version };
  const now = { ...form, title: form.title.trim(), text: form.text.trim() };
  for (const name of COMPARED) if (now[name] !== base[name]) Object.assign(change, { [name]: now[name] });
  const [before, after] = [datesOf(base), datesOf(form)];
  if (!DATES.every((name) => isSameMoment(before[name], after[name]))) Object.assign(change, after);
  const photos = choicesOf(form.photos);
  if (JSON.stringify(photos) !== JSON.stringify(choicesOf(base.photos))) change.photos = photos;
  const terms = form.kind === 'project' ? termsChange(base.terms, form.terms) : null;
  if (terms) change.project = terms;
  if (form.place) change.place = toldPlace(form.place, form.precision);
  return change;
}

/** An approximate listing becomes exact only by being placed: nobody knows the exact place any more. */
export function lacksPlace({ base, form }: Revision): boolean {
  return form.precision === 'exact' && base.precision === 'approximate' && form.place === null;
}
