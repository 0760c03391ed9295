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
  // While a component goes away, Svelte gives states as they were before: what is saved then is this.
  #latest: T;
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
    this.#latest = read(parsed(draft(key)));
    this.value = this.#latest;
    const stopKeeping = $effect.root(() => {
      $effect(() => {
        this.#latest = $state.snapshot(this.value) as T;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#write(), PAUSE_MS);
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
    this.#latest = $state.snapshot(this.value) as T;
    this.#write();
  }

  /** Forget what was kept, and go on with `value`. */
  forget(value: T): void {
    this.value = value;
    this.#latest = value;
    clearTimeout(this.#timer);
    keepDraft(this.key, '');
  }

  /** Stop; what was typed last is kept. */
  leave(): void {
    this.#stop();
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    keepDraft(this.key, this.wanted(this.#latest) ? JSON.stringify(this.#latest) : '');
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
