/** One photo of a form, from the choice of a file to the server's answer. */
import type { PhotoChoice } from '../api/types';
import { newId } from '../live/ids';
import type { Photo } from '../protocol';
import { fileOf, SMALL } from './files';

/**
 * `queued`: others go first, or nobody is signed in. `cut`: the line was lost, it is tried again by itself.
 * `stopped`: by the member. `refused`: by the server, for good. `lost`: the page was left before it was sent,
 * and the browser gives no file back.
 */
export type UploadState = 'queued' | 'sending' | 'sent' | 'cut' | 'stopped' | 'refused' | 'lost';

/** What a draft keeps of a photo; `photo` is null while it is not sent. */
export interface KeptPhoto {
  id: string;
  /** The file's name. */
  file: string;
  alt: string;
  caption: string;
  photo: Photo | null;
}

/** What a listing is told of those that are sent, in their order. */
export function choicesOf(kept: readonly KeptPhoto[]): Required<PhotoChoice>[] {
  return kept
    .filter(({ photo }) => photo !== null)
    .map(({ id, alt, caption }) => ({ id, alt: alt.trim(), caption: caption.trim() }));
}

/** The photos of a published listing, to change them with. */
export function keptFrom(photos: readonly Photo[] | undefined): KeptPhoto[] {
  return (photos ?? []).map((photo) => {
    const { id, alt = '', caption = '' } = photo;
    return { id, file: '', alt, caption, photo };
  });
}

/** What a draft kept, one by one: what is no photo of ours is left out. */
export function keptOf(value: unknown): KeptPhoto[] {
  return Array.isArray(value) ? value.filter(isKept) : [];
}

function isKept(value: unknown): value is KeptPhoto {
  const { id, file, alt, caption, photo } = (value ?? {}) as Partial<Record<keyof KeptPhoto, unknown>>;
  const worded = [id, file, alt, caption].every((one) => typeof one === 'string');
  return worded && (photo === null || typeof (photo as Partial<Photo> | undefined)?.name === 'string');
}

/** Files that were chosen and not sent, by id: a form that is left and entered again finds them. */
const files = new Map<string, File>();

export class Upload {
  state = $state<UploadState>('queued');
  /** How much has gone, 0 to 1; at 1 the server develops it. */
  part = $state(0);
  /** Why it was refused, in the reader's language. */
  reason = $state('');
  photo = $state.raw<Photo | null>(null);
  alt = $state('');
  caption = $state('');
  /** Where to see it: in the chosen file at once, else at the server. */
  source = $state<string | null>(null);
  id = $state('');
  name = $state('');
  #file: File | undefined;
  #url: string | undefined;
  /** What is sent of the file; the same for each try, which is what the server compares. */
  body: Blob | undefined;
  aborting: AbortController | undefined;

  constructor(kept: KeptPhoto) {
    [this.id, this.name, this.alt, this.caption] = [kept.id, kept.file, kept.alt, kept.caption];
    const file = files.get(kept.id);
    if (kept.photo) {
      this.photo = kept.photo;
      this.source = fileOf(kept.photo.name, SMALL);
      this.state = 'sent';
    } else if (file) this.take(file);
    else this.state = 'lost';
  }

  /** A new one, of a file that was just chosen. */
  static of(file: File): Upload {
    const id = newId();
    files.set(id, file);
    return new Upload({ id, file: file.name, alt: '', caption: '', photo: null });
  }

  get file(): File | undefined {
    return this.#file;
  }

  get bytes(): number {
    return (this.body ?? this.#file)?.size ?? 0;
  }

  get kept(): KeptPhoto {
    return { id: this.id, file: this.name, alt: this.alt, caption: this.caption, photo: this.photo };
  }

  /** Send `file` from now on, in place of what was lost. */
  take(file: File): void {
    this.#forgetUrl();
    files.set(this.id, file);
    [this.#file, this.body, this.name] = [file, undefined, file.name];
    this.source = this.#url = URL.createObjectURL(file);
    [this.state, this.part, this.reason] = ['queued', 0, ''];
  }

  /** It is at the server. */
  arrived(photo: Photo): void {
    files.delete(this.id);
    [this.photo, this.state, this.part, this.body] = [photo, 'sent', 1, undefined];
  }

  /** It is at the server no more. */
  lose(): void {
    [this.photo, this.state, this.part] = [null, 'lost', 0];
  }

  /** The id belongs to something else: go on under another one. */
  renamed(): void {
    const id = newId();
    if (this.#file) files.set(id, this.#file);
    files.delete(this.id);
    this.id = id;
  }

  /** Nobody looks any more. `forgotten`: nor will anybody again. */
  leave(forgotten = false): void {
    this.aborting?.abort();
    this.#forgetUrl();
    if (forgotten) files.delete(this.id);
  }

  #forgetUrl(): void {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
  }
}
