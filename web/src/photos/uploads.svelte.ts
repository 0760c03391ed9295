/**
 * The photos of a form, in their order, and their way to the server: two at a time, again after a lost line,
 * each under the id it was given when it was chosen, so that one that is sent twice exists once.
 *
 *     const uploads = new Uploads(draft.photos, { most: 10 });
 *     $effect(() => { draft.photos = uploads.kept; });
 *     onMount(() => () => uploads.leave());
 *     …
 *     if (!(await uploads.done())) return;
 *     await api.post('/api/listings', { …, photos: uploads.choices });
 *
 * `PhotoField.svelte` shows them.
 */
import { Problem } from '../api/client';
import type { PhotoChoice } from '../api/types';
import { upload as put, type Uploading } from '../api/upload';
import { problemText } from '../i18n/problem';
import type { Photo } from '../protocol';
import { fileOf, SMALL } from './files';
import { prepare } from './prepare';
import { choicesOf, Upload, type KeptPhoto } from './upload.svelte';

const AT_ONCE = 2;
/** After a lost line it is tried again so much later, and later each time. */
const AGAIN_MS = [1_000, 3_000, 8_000, 15_000];
/** Refusals that pass: too often, too many at once, or a server that is going down or coming up. */
const PASSING: ReadonlySet<number | string> = new Set([
  'offline',
  'too_many_at_once',
  'photo_cut_off',
  408,
  429,
  502,
  503,
  504,
]);

export interface UploadsOptions {
  /** How many there may be. */
  most: number;
  /** Whether anything may be sent: nobody but a member sends. */
  allowed?: () => boolean;
  send?: (id: string, body: Blob, uploading: Uploading) => Promise<Photo>;
  prepare?: (file: File) => Promise<Blob>;
  /** Whether the server has a photo still: it keeps what is used nowhere for a day. */
  isThere?: (photo: Photo) => Promise<boolean>;
  /** Told what came of one: it was sent, refused or cut. */
  ontold?: (upload: Upload) => void;
}

/** Without an answer, it is. */
async function isThere(photo: Photo): Promise<boolean> {
  const asked = fetch(fileOf(photo.name, SMALL), { method: 'HEAD', cache: 'no-store' });
  return asked.then(
    ({ status }) => status !== 404,
    () => true,
  );
}

export class Uploads {
  list = $state.raw<readonly Upload[]>([]);
  /** Somebody waits for all of them. */
  awaited = $state(false);
  most = $state(0);
  #options: Required<Omit<UploadsOptions, 'most'>>;
  /** Taken out; they may still be put back. */
  #removed = new Set<Upload>();
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answer: ((whole: boolean) => void) | undefined;
  readonly #back = () => this.again();

  constructor(kept: readonly KeptPhoto[], { most, ...options }: UploadsOptions) {
    this.#options = {
      allowed: () => true,
      send: (id, body, uploading) => put<Photo>(`/api/photos/${id}`, body, uploading),
      prepare,
      isThere,
      ontold: () => undefined,
      ...options,
    };
    window.addEventListener('online', this.#back);
    this.reset(kept, most);
  }

  /** Those that are sent, as a listing is told them. */
  get choices(): PhotoChoice[] {
    return choicesOf(this.kept);
  }

  /** What a draft keeps. */
  get kept(): KeptPhoto[] {
    return this.list.map((one) => one.kept);
  }

  /** How many more there may be. */
  get room(): number {
    return Math.max(0, this.most - this.list.length);
  }

  /** Those on their way, or about to be. */
  get pending(): readonly Upload[] {
    return this.list.filter(({ state }) => state === 'queued' || state === 'sending' || state === 'cut');
  }

  /** Those that will not be sent unless their member does something. */
  get blocked(): readonly Upload[] {
    return this.list.filter(({ state }) => state === 'refused' || state === 'stopped' || state === 'lost');
  }

  /** How much of all chosen files has gone, 0 to 1. */
  get part(): number {
    const total = this.list.reduce((sum, one) => sum + one.bytes, 0);
    const gone = this.list.reduce((sum, one) => sum + one.bytes * one.part, 0);
    return total > 0 ? gone / total : 1;
  }

  /** Begin anew with what a draft has kept. */
  reset(kept: readonly KeptPhoto[], most: number = this.most): void {
    this.most = most;
    for (const one of this.list) one.leave(!kept.some(({ id }) => id === one.id));
    this.list = kept.map((one) => new Upload(one));
    this.go();
  }

  /** Add `chosen` at the end; returns how many there was no room for. */
  add(chosen: Iterable<File>): number {
    const all = [...chosen];
    const taken = all.slice(0, this.room).map((file) => Upload.of(file));
    this.list = [...this.list, ...taken];
    this.go();
    return all.length - taken.length;
  }

  /** Take `one` out; returns how to put it back where it was. */
  remove(one: Upload): () => void {
    const at = this.list.indexOf(one);
    this.list = this.list.filter((other) => other !== one);
    this.#removed.add(one);
    if (one.state === 'sending') this.#halt(one, 'queued');
    this.go();
    return () => {
      if (this.list.includes(one) || this.room === 0) return;
      this.#removed.delete(one);
      this.list = this.list.toSpliced(at, 0, one);
      this.go();
    };
  }

  /** Put `one` at place `to`; returns whether that is another place. */
  move(one: Upload, to: number): boolean {
    const from = this.list.indexOf(one);
    if (from < 0 || to === from || to < 0 || to >= this.list.length) return false;
    this.list = this.list.toSpliced(from, 1).toSpliced(to, 0, one);
    return true;
  }

  /** Stop sending `one`; it stays, to be sent after all or taken out. */
  stop(one: Upload): void {
    this.#halt(one, 'stopped');
    this.go();
  }

  /** Send `one` again: under its id, so that it exists once if it had come through. */
  retry(one: Upload): void {
    [one.state, one.part, one.reason] = ['queued', 0, ''];
    this.go();
  }

  /** Send `file` for `one`, whose own file is lost. */
  replace(one: Upload, file: File): void {
    one.take(file);
    this.go();
  }

  /** Look which of those that were sent the server still has; the others are lost. */
  async check(): Promise<void> {
    const there = async (one: Upload) => {
      if (one.photo && !(await this.#options.isThere(one.photo))) one.lose();
    };
    await Promise.all(this.list.map(there));
  }

  /** The line may be back: try what was cut off. */
  again(): void {
    clearTimeout(this.#timer);
    for (const one of this.list) if (one.state === 'cut') [one.state, one.part] = ['queued', 0];
    this.go();
  }

  /** Send what may be sent. To be called when somebody has signed in. */
  go(): void {
    const { allowed } = this.#options;
    let running = this.list.filter(({ state }) => state === 'sending').length;
    for (const one of this.list) {
      if (running >= AT_ONCE || !allowed()) break;
      if (one.state !== 'queued') continue;
      running += 1;
      void this.#send(one);
    }
    this.#settle();
  }

  /**
   * Wait until all are sent: true. False as soon as one will not be, or if somebody thinks better of
   * waiting. A lost line is waited for.
   */
  done(): Promise<boolean> {
    this.#answer?.(false);
    return new Promise((resolve) => {
      this.awaited = true;
      this.#answer = (whole) => {
        [this.awaited, this.#answer] = [false, undefined];
        resolve(whole);
      };
      this.again();
    });
  }

  /** Think better of waiting; they are sent all the same. */
  stopWaiting(): void {
    this.#answer?.(false);
  }

  /** The form goes away; what is not sent goes on when it comes back. */
  leave(): void {
    clearTimeout(this.#timer);
    window.removeEventListener('online', this.#back);
    this.#answer?.(false);
    for (const one of this.list) one.leave();
    for (const one of this.#removed) one.leave(true);
  }

  async #send(one: Upload): Promise<void> {
    const aborting = new AbortController();
    [one.state, one.part, one.aborting] = ['sending', 0, aborting];
    const { signal } = aborting;
    try {
      one.body ??= await this.#options.prepare(one.file as File);
      signal.throwIfAborted();
      const told = (part: number) => !signal.aborted && (one.part = part);
      one.arrived(await this.#options.send(one.id, one.body, { told, signal }));
      this.#tries = 0;
    } catch (failure) {
      if (signal.aborted) return;
      this.#failed(one, failure);
    }
    this.#options.ontold(one);
    this.go();
  }

  #failed(one: Upload, failure: unknown): void {
    const { code, status, retryAfter } = failure instanceof Problem ? failure : new Problem('unknown', '', 0);
    one.part = 0;
    if (status === 401 && !this.#options.allowed()) one.state = 'queued';
    else if (code === 'id_taken') {
      one.renamed();
      one.state = 'queued';
    } else if (PASSING.has(code) || PASSING.has(status)) {
      one.state = 'cut';
      this.#later(retryAfter);
    } else [one.state, one.reason] = ['refused', problemText(failure)];
  }

  #later(seconds: number | undefined): void {
    const usual = AGAIN_MS[Math.min(this.#tries, AGAIN_MS.length - 1)] as number;
    this.#tries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#back, seconds === undefined ? usual : seconds * 1000);
  }

  #halt(one: Upload, state: 'stopped' | 'queued'): void {
    one.aborting?.abort();
    [one.state, one.part] = [state, 0];
  }

  #settle(): void {
    if (!this.#answer) return;
    if (this.blocked.length > 0) this.#answer(false);
    else if (this.pending.length === 0) this.#answer(true);
  }
}
