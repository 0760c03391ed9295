/** What the editor of a listing holds, what must be right in it, and what the server is told of it. */
import type { ListingDraft } from '../api/types';
import { cellMiddle } from '../forms/cell';
import { lengthOf } from '../forms/faults.svelte';
import { t } from '../i18n/index.svelte';
import {
  CATEGORY,
  PRECISION,
  type Category,
  type Listing,
  type Pin,
  type Place,
  type Precision,
} from '../protocol';

export type Kind = ListingDraft['kind'];

export interface ListingForm {
  kind: Kind | null;
  title: string;
  text: string;
  category: Category | null;
  /** null while the field is empty or no number. */
  smiles: number | null;
  place: Place | null;
  precision: Precision;
}

export const FIELDS = ['kind', 'title', 'text', 'category', 'smiles', 'place', 'precision'] as const;
export type Field = (typeof FIELDS)[number];

export const LONGEST_TITLE = 80;
export const LONGEST_TEXT = 4000;
export const MOST_SMILES = 1000;
const SHORTEST_TITLE = 3;

export const BLANK: ListingForm = {
  kind: null,
  title: '',
  text: '',
  category: null,
  smiles: 0,
  place: null,
  precision: 'approximate',
};

/** Something was written or chosen; a place alone is where one happens to be. */
export function isBegun(form: ListingForm): boolean {
  return (
    form.kind !== null ||
    form.title.trim() !== '' ||
    form.text.trim() !== '' ||
    form.category !== null ||
    form.smiles !== 0
  );
}

/** What is wrong with `form`, in the reader's words; the place is asked for apart. */
export function faultsOf(form: ListingForm): Partial<Record<Field, string>> {
  const title = lengthOf(form.title);
  const text = lengthOf(form.text);
  const found: Partial<Record<Field, string>> = {};
  if (form.kind === null) found.kind = t('publish.check_kind');
  if (title < SHORTEST_TITLE || title > LONGEST_TITLE) found.title = t('publish.check_title');
  if (text < 1 || text > LONGEST_TEXT) found.text = t('publish.check_text');
  if (form.category === null) found.category = t('publish.check_category');
  if (!isCount(form.smiles)) found.smiles = t('publish.check_smiles');
  return found;
}

function isCount(smiles: number | null): smiles is number {
  return smiles !== null && Number.isInteger(smiles) && smiles >= 0 && smiles <= MOST_SMILES;
}

/** The place as it may be told: of an approximate one only its cell. */
export function toldPlace(place: Place, precision: Precision): Place {
  return precision === 'approximate' ? cellMiddle(place) : { lon: place.lon, lat: place.lat };
}

/** What is published of `form` under `id`; undefined while something is missing. */
export function bodyOf(id: string, form: ListingForm): ListingDraft | undefined {
  const { kind, category, place, smiles, precision } = form;
  if (kind === null || category === null || place === null || smiles === null) return undefined;
  return {
    id,
    kind,
    title: form.title.trim(),
    text: form.text.trim(),
    category,
    smiles,
    place: toldPlace(place, precision),
    precision,
  };
}

/** The form as kept in this browser, field by field: an older or foreign text spoils no more than itself. */
export function formOf(kept: unknown): ListingForm {
  const found = (kept ?? {}) as Partial<Record<keyof ListingForm, unknown>>;
  return {
    kind: found.kind === 'request' || found.kind === 'offer' ? found.kind : null,
    title: typeof found.title === 'string' ? found.title : '',
    text: typeof found.text === 'string' ? found.text : '',
    category: CATEGORY.find((one) => one === found.category) ?? null,
    smiles: typeof found.smiles === 'number' ? found.smiles : 0,
    place: placeOf(found.place),
    precision: PRECISION.find((one) => one === found.precision) ?? 'approximate',
  };
}

function placeOf(value: unknown): Place | null {
  const { lon, lat } = (value ?? {}) as Partial<Place>;
  return typeof lon === 'number' && typeof lat === 'number' ? { lon, lat } : null;
}

/** The form to edit `listing` with. Its place is not in it: what was clicked once is known to nobody. */
export function formFrom(listing: Listing): ListingForm {
  const { title, text, category, smiles, precision } = listing;
  const kind = listing.kind === 'offer' ? 'offer' : 'request';
  return { kind, title, text, category, smiles, place: null, precision };
}

/** The pin that `form` would make, for the preview: what is missing is filled in. */
export function previewOf(form: ListingForm, at: Place, author: Pin['author'], now: string): Pin {
  return {
    id: 'preview',
    kind: form.kind ?? 'request',
    title: form.title.trim() || t('publish.preview_title'),
    category: form.category ?? 'other',
    smiles: isCount(form.smiles) ? form.smiles : 0,
    state: 'open',
    lon: at.lon,
    lat: at.lat,
    precision: form.precision,
    author,
    created_at: now,
    expires_at: now,
    version: 0,
  };
}
