/** What the editor of a listing holds, what must be right in it, and what the server is told of it. */
import type { ListingDraft } from '../api/types';
import { cellMiddle } from '../forms/cell';
import { lengthOf } from '../forms/faults.svelte';
import { fieldsOf, momentFields, type Moment } from '../forms/moments';
import { isAmount } from '../forms/smiles';
import { t } from '../i18n/index.svelte';
import { choicesOf, keptFrom, keptOf, type KeptPhoto } from '../photos/upload.svelte';
import {
  CATEGORY,
  PRECISION,
  type Category,
  type Listing,
  type Pin,
  type Place,
  type Precision,
} from '../protocol';
import {
  blankTerms,
  isTermsBegun,
  shownOf,
  TERMS_FIELDS,
  termsFaults,
  termsFormOf,
  termsFrom,
  termsOf,
  type TermsForm,
} from '../projects/terms';
import { dateFaults, datesOf } from './dates';

/** What can be published, in the order in which it is offered. */
export const KINDS = [
  'request',
  'offer',
  'mag',
  'project',
] as const satisfies readonly ListingDraft['kind'][];
export type Kind = (typeof KINDS)[number];

/** What the forms of all kinds hold; each shows the part of it that is its own. */
export interface ListingForm {
  kind: Kind | null;
  title: string;
  text: string;
  category: Category | null;
  /** null while the field is empty or no number. */
  smiles: number | null;
  /** An event's, by this device's clock. */
  starts: Moment;
  ends: Moment;
  /** A project's. */
  terms: TermsForm;
  place: Place | null;
  precision: Precision;
  photos: KeptPhoto[];
}

/** By the server's names, in the order of the forms. */
export const FIELDS = [
  'kind',
  'title',
  'text',
  'photos',
  'category',
  'starts_at',
  'ends_at',
  ...TERMS_FIELDS,
  'smiles',
  'place',
  'precision',
] as const;
export type Field = (typeof FIELDS)[number];

export const LONGEST_TITLE = 80;
/** Requests and offers are plain and short, a mag and a project are articles. */
export const LONGEST_TEXT = {
  request: 4000,
  offer: 4000,
  mag: 20_000,
  project: 20_000,
} as const satisfies Record<Kind, number>;
const SHORTEST_TITLE = 3;

/** A form in which nothing is written yet. */
export function blank(kind: Kind | null = null): ListingForm {
  return {
    kind,
    title: '',
    text: '',
    category: null,
    smiles: 0,
    starts: { day: '', time: '' },
    ends: { day: '', time: '' },
    terms: blankTerms(),
    place: null,
    precision: 'approximate',
    photos: [],
  };
}

/** Something was written or chosen; a kind and a place alone are where one happens to be. */
export function isBegun(form: ListingForm): boolean {
  return (
    form.title.trim() !== '' ||
    form.text.trim() !== '' ||
    form.category !== null ||
    form.smiles !== 0 ||
    form.starts.day !== '' ||
    form.photos.length > 0 ||
    isTermsBegun(form.terms)
  );
}

/**
 * What is wrong with `form` at `now`, in the reader's words; the place is asked for apart. `base` is the form of
 * the published listing that is being changed.
 */
export function faultsOf(
  form: ListingForm,
  now: number = Date.now(),
  base: ListingForm | null = null,
): Partial<Record<Field, string>> {
  if (form.kind === null) return { kind: t('publish.check_kind') };
  const title = lengthOf(form.title);
  const text = lengthOf(form.text);
  const longest = LONGEST_TEXT[form.kind];
  const found: Partial<Record<Field, string>> = {
    ...dateFaults(form, now),
    ...(form.kind === 'project' ? termsFaults(form.terms, now, base?.terms.closes ?? null) : {}),
  };
  if (title < SHORTEST_TITLE || title > LONGEST_TITLE) found.title = t('publish.check_title');
  if (text < 1 || text > longest) found.text = t(`publish.check_text_${form.kind}`, { count: longest });
  if (form.category === null) found.category = t('publish.check_category');
  if (!isAmount(form.smiles)) found.smiles = t('publish.check_smiles');
  return found;
}

/** The place as it may be told: of an approximate one only its cell. */
export function toldPlace(place: Place, precision: Precision): Place {
  return precision === 'approximate' ? cellMiddle(place) : { lon: place.lon, lat: place.lat };
}

/** What is published of `form` under `id`, as a task of `project` if one is given; undefined while something is missing. */
export function bodyOf(id: string, form: ListingForm, project?: string): ListingDraft | undefined {
  const { kind, category, place, smiles, precision } = form;
  const photos = choicesOf(form.photos);
  if (kind === null || category === null || place === null || smiles === null) return undefined;
  const dates = datesOf(form);
  return {
    id,
    kind,
    title: form.title.trim(),
    text: form.text.trim(),
    category,
    smiles,
    ...(dates.starts_at === null ? {} : dates),
    ...(kind === 'project' ? { project: termsOf(form.terms) } : {}),
    ...(project ? { project_id: project } : {}),
    place: toldPlace(place, precision),
    precision,
    ...(photos.length > 0 ? { photos } : {}),
  };
}

/** The form as kept in this browser, field by field: an older or foreign text spoils no more than itself. */
export function formOf(kept: unknown): ListingForm {
  const found = (kept ?? {}) as Partial<Record<keyof ListingForm, unknown>>;
  return {
    kind: KINDS.find((one) => one === found.kind) ?? null,
    title: typeof found.title === 'string' ? found.title : '',
    text: typeof found.text === 'string' ? found.text : '',
    category: CATEGORY.find((one) => one === found.category) ?? null,
    smiles: typeof found.smiles === 'number' ? found.smiles : 0,
    starts: momentFields(found.starts),
    ends: momentFields(found.ends),
    terms: termsFormOf(found.terms),
    place: placeOf(found.place),
    precision: PRECISION.find((one) => one === found.precision) ?? 'approximate',
    photos: keptOf(found.photos),
  };
}

function placeOf(value: unknown): Place | null {
  const { lon, lat } = (value ?? {}) as Partial<Place>;
  return typeof lon === 'number' && typeof lat === 'number' ? { lon, lat } : null;
}

/**
 * The form to edit `listing` with. Its place is not in it: what was clicked once is known to nobody. How a
 * project's donations are paid (`instructions`) is not part of its listing.
 */
export function formFrom(listing: Listing, instructions = ''): ListingForm {
  const { title, text, category, smiles, precision } = listing;
  const kind = KINDS.find((one) => one === listing.kind) ?? 'request';
  const [starts, ends] = [fieldsOf(listing.starts_at ?? null), fieldsOf(listing.ends_at ?? null)];
  const photos = keptFrom(listing.photos);
  const terms = listing.progress ? termsFrom(listing.progress, instructions) : blankTerms();
  return { kind, title, text, category, smiles, starts, ends, terms, place: null, precision, photos };
}

/** The pin that `form` would make, for the preview: what is missing is filled in. */
export function previewOf(form: ListingForm, at: Place, author: Pin['author'], now: string): Pin {
  return {
    ...datesOf(form),
    id: 'preview',
    kind: form.kind ?? 'request',
    title: form.title.trim() || t('publish.preview_title'),
    category: form.category ?? 'other',
    smiles: isAmount(form.smiles) ? form.smiles : 0,
    state: 'open',
    lon: at.lon,
    lat: at.lat,
    precision: form.precision,
    author,
    created_at: now,
    expires_at: now,
    version: 0,
    cover: form.photos[0]?.photo?.name ?? null,
    progress: form.kind === 'project' ? shownOf(form.terms, now) : null,
  };
}
