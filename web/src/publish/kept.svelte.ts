/**
 * What is being written, kept in this browser at every keystroke and there again after a reload.
 *
 * When another tab takes the draft away (it was published there), `ontaken` is told.
 */
import { draft, keepDraft } from '../state/drafts';

const PAUSE_MS = 200;
/** Under which name `drafts` stores a text: what the `storage` event names. */
const stored = (key: string) => `onemile.draft.${key}`;

export class Kept<T> {
  value = $state() as T;
  ontaken: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;

  /**
   * `read` turns what was kept (or undefined) into a value; `wanted` says whether one is worth keeping.
   * Call `leave` when done.
   */
  constructor(
    readonly key: string,
    read: (kept: unknown) => T,
    private readonly wanted: (value: T) => boolean,
  ) {
    this.value = read(parsed(draft(key)));
    const stopKeeping = $effect.root(() => {
      $effect(() => {
        void JSON.stringify(this.value);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.save(), PAUSE_MS);
      });
    });
    const flush = () => this.save();
    const elsewhere = (event: StorageEvent) => {
      if (event.key === stored(key) && event.newValue === null) this.#taken();
    };
    window.addEventListener('pagehide', flush);
    window.addEventListener('storage', elsewhere);
    this.#stop = () => {
      stopKeeping();
      window.removeEventListener('pagehide', flush);
      window.removeEventListener('storage', elsewhere);
    };
  }

  /** Keep the value now. */
  save(): void {
    clearTimeout(this.#timer);
    const value = $state.snapshot(this.value) as T;
    keepDraft(this.key, this.wanted(value) ? JSON.stringify(value) : '');
  }

  /** Forget what was kept, and go on with `value`. */
  forget(value: T): void {
    this.value = value;
    keepDraft(this.key, '');
  }

  /** Stop; what was typed last is kept. */
  leave(): void {
    this.#stop();
    this.save();
  }

  #taken(): void {
    clearTimeout(this.#timer);
    this.ontaken?.();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
