/** What the server takes as a photo; told to who chooses one before they do. */
import type { Layer } from '../protocol';
import { site } from '../state/config';

/** The formats that the server reads. A browser turns others into JPEG where it can. */
export const TYPES: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];

export const LONGEST_ALT = 200;
export const LONGEST_CAPTION = 300;

/** A file is at most this large. */
export const mostBytes = (): number => site().photos.most_bytes;

/** The same as one says it. */
export const megabytes = (): number => Math.floor(mostBytes() / 1_000_000);

/** How many a listing of that kind may have. */
export const mostPhotos = (kind: Layer): number => site().photos.most[kind];
