/**
 * A chosen file as it is sent: as it is, or smaller.
 *
 * The server needs none of this. It is for files that the server would refuse and the browser can read (a
 * photo of 30 MB, an AVIF), and for lines on which each megabyte is a wait.
 */
import { Problem } from '../api/client';
import { t } from '../i18n/index.svelte';
import { megabytes, mostBytes, TYPES } from './limits';

/** Larger than what the server keeps, so that nothing is lost by it. */
const LONGEST_SIDE = 2560;
const QUALITY = 0.88;
/** On a slow line, less is sent as it is. */
const SLOW_BYTES = 1_000_000;

/** What is known of the line, where a browser tells. */
interface Line {
  saveData?: boolean;
  effectiveType?: string;
}

/** What to send of `file`. Rejects with a `Problem` if it is none that the server takes, or too large. */
export async function prepare(file: File): Promise<Blob> {
  const known = TYPES.includes(file.type);
  const most = mostBytes();
  if (known && file.size <= (isSlow() ? SLOW_BYTES : most)) return file;
  const smaller = await redrawn(file).catch(() => undefined);
  if (smaller && smaller.size <= most && (!known || smaller.size < file.size)) return smaller;
  if (known && file.size <= most) return file;
  throw known
    ? new Problem('too_large', t('photos.too_large', { megabytes: megabytes() }), 413)
    : new Problem('photo_type', t('photos.wrong_type'), 415);
}

function isSlow(): boolean {
  const line = (navigator as { connection?: Line }).connection;
  return line?.saveData === true || ['slow-2g', '2g', '3g'].includes(line?.effectiveType ?? '');
}

/** The picture in `file` as a JPEG of at most 2,560 pixels. Rejects if the browser cannot read it. */
async function redrawn(file: File): Promise<Blob | undefined> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  // JPEG knows no transparency; the server puts pictures on white too.
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  return blob ?? undefined;
}
