/**
 * Being seen by a photo: it is sent, then shown. What was cut off is tried again with the same photo, under the
 * same id, so that it exists once.
 */
import { Problem, type Api } from '../api/client';
import { upload, type Uploading } from '../api/upload';
import { problemText } from '../i18n/problem';
import { newId } from '../live/ids';
import { prepare } from '../photos/prepare';
import type { Photo } from '../protocol';

type Put = (path: string, body: Blob, uploading: Uploading) => Promise<Photo>;

export class Avatar {
  state = $state<'idle' | 'sending' | 'failed'>('idle');
  /** How much has gone, 0 to 1. */
  part = $state(0);
  reason = $state('');
  /** The chosen photo, to be seen at once; null: what the server has is what there is. */
  preview = $state<string | null>(null);
  /** Trying again can help. */
  passing = $state(false);
  #id = '';
  #file: File | undefined;
  #body: Blob | undefined;
  #aborting = new AbortController();

  /** `changed` is to learn anew who one is. */
  constructor(
    private readonly server: Pick<Api, 'put' | 'del'>,
    private readonly changed: () => Promise<void>,
    private readonly ways: { put: Put; prepare: (file: File) => Promise<Blob> } = { put: upload, prepare },
  ) {}

  /** Be seen by the photo in `file`; true if it is done. */
  choose(file: File): Promise<boolean> {
    this.#forget();
    [this.#id, this.#file, this.#body] = [newId(), file, undefined];
    this.preview = URL.createObjectURL(file);
    return this.send();
  }

  /** Send what was chosen, again if need be; true if it is done. */
  async send(): Promise<boolean> {
    const file = this.#file;
    if (!file) return false;
    const { signal } = (this.#aborting = new AbortController());
    [this.state, this.part, this.reason] = ['sending', 0, ''];
    try {
      this.#body ??= await this.ways.prepare(file);
      const told = (part: number) => (this.part = part);
      await this.ways.put(`/api/photos/${this.#id}?kind=avatar`, this.#body, { told, signal });
      await this.server.put('/api/me/avatar', { photo: this.#id });
      await this.changed();
    } catch (failure) {
      if (!signal.aborted) this.#failed(failure);
      return false;
    }
    this.state = 'idle';
    this.#file = undefined;
    return true;
  }

  /** Think better of it: one is seen as before. */
  giveUp(): void {
    this.#forget();
    this.state = 'idle';
  }

  /** Be seen by no photo. Rejects with `Problem`. */
  async remove(): Promise<void> {
    await this.server.del('/api/me/avatar');
    this.#forget();
    await this.changed();
  }

  /** Nobody looks any more. */
  leave(): void {
    this.#forget();
  }

  #failed(failure: unknown): void {
    [this.state, this.reason] = ['failed', problemText(failure)];
    this.passing = failure instanceof Problem && (failure.status === 0 || failure.status >= 429);
  }

  #forget(): void {
    this.#aborting.abort();
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = null;
    this.#file = undefined;
  }
}
