/**
 * Publishing a draft exactly once, however often it is tried.
 *
 * The draft carries the listing's id, and the key of its last try with what was sent under it. The same
 * words are sent again under the same key: the server answers what it answered before. When an answer was
 * lost and the words have changed since, the listing may already stand there in its first wording; then it
 * is changed, not doubled.
 */
import { Problem, type Api } from '../api/client';
import type { ListingDraft, ListingView } from '../api/types';
import type { Attempt } from '../forms/attempt';
import { choicesOf, keptFrom } from '../photos/upload.svelte';
import type { Listing } from '../protocol';
import { isSameMoment } from './dates';

type Server = Pick<Api, 'get' | 'post' | 'patch'>;
const COMPARED = ['title', 'text', 'category', 'smiles', 'precision'] as const;
/** What is not compared is told again whenever anything else is: a project's terms, whose end may only come later. */
const DATES = ['starts_at', 'ends_at'] as const;

/** Publish `body` under `attempt`, which the draft has kept before. Rejects with `Problem`. */
export async function publish(server: Server, body: ListingDraft, attempt: Attempt): Promise<ListingView> {
  try {
    const view = await server.post<ListingView>('/api/listings', body, { idempotencyKey: attempt.key });
    return await worded(server, body, view);
  } catch (failure) {
    if (!(failure instanceof Problem && failure.code === 'id_taken')) throw failure;
    return worded(server, body, await taken(server, body, failure));
  }
}

/** The listing of ours that stands under the id already, from a try whose answer was lost. */
async function taken(server: Server, body: ListingDraft, failure: Problem): Promise<ListingView> {
  const view = await server.get<ListingView>(`/api/listings/${body.id}`);
  if (!view.may.includes('edit')) throw failure;
  return view;
}

/** `view`, changed to say what `body` says if an earlier wording of it was published. */
async function worded(server: Server, body: ListingDraft, view: ListingView): Promise<ListingView> {
  const { listing } = view;
  const sameDates = DATES.every((name) => isSameMoment(listing[name], body[name]));
  const same = sameDates && samePhotos(listing, body);
  if (same && COMPARED.every((name) => listing[name] === body[name])) return view;
  const { title, text, category, smiles = 0, place, precision = 'approximate' } = body;
  const { starts_at = null, ends_at = null, photos = [] } = body;
  return server.patch<ListingView>(`/api/listings/${listing.id}`, {
    version: listing.version,
    title,
    text,
    category,
    smiles,
    place,
    precision,
    photos,
    ...(sameDates ? {} : { starts_at, ends_at }),
    ...(body.project ? { project: body.project } : {}),
  });
}

function samePhotos(listing: Listing, { photos = [] }: ListingDraft): boolean {
  return JSON.stringify(choicesOf(keptFrom(listing.photos))) === JSON.stringify(photos);
}
