/** The drafts of the form to publish, one of each sort, and which of them one is writing. */
import { Kept } from '../forms/kept.svelte';
import { kindToWrite, writeKind } from '../state/drafts';
import { begunDraft, blankDraft, SORTS, sortOf, type PublicationDraft, type Sort } from './drafted';
import { isBegun, KINDS, type Kind } from './form';

export class Drafts {
  readonly #kept: ReadonlyMap<Sort, Kept<PublicationDraft>>;
  readonly #first: Sort;
  #sort = $state<Sort>() as Sort;

  /**
   * `ontaken` is told when another tab has published or cleared a draft. `task` is the project for which one
   * writes a task, and nothing else. Call `leave` when done.
   */
  constructor(ontaken: (kept: Kept<PublicationDraft>) => void, task: string | null = null) {
    const sorts: readonly Sort[] = task === null ? SORTS : [`task:${task}`];
    this.#first = sorts[0] ?? 'publish';
    this.#sort = this.#first;
    const keeping = (sort: Sort) =>
      new Kept<PublicationDraft>(
        sort,
        (found) => begunDraft(sort, found),
        ({ form }) => isBegun(form),
      );
    this.#kept = new Map(sorts.map((sort) => [sort, keeping(sort)]));
    for (const kept of this.#kept.values()) kept.ontaken = () => ontaken(kept);
    if (task !== null) return;
    const kind = KINDS.find((one) => one === kindToWrite());
    if (kind) this.choose(kind);
  }

  /** The draft one is writing. */
  get kept(): Kept<PublicationDraft> {
    return this.#kept.get(this.#sort) as Kept<PublicationDraft>;
  }
  get kind(): Kind | null {
    return this.kept.value.form.kind;
  }

  /** Write a `kind` from now on, also after a reload. */
  choose(kind: Kind): void {
    this.#sort = sortOf(kind);
    if (this.kept.value.form.kind !== kind) this.kept.value.form.kind = kind;
    writeKind(kind);
  }

  /** Forget the draft one is writing. */
  forget(): void {
    this.forgetOf(this.kept);
  }

  /** Forget one of them; if it is the one being written, one is asked again what to publish. */
  forgetOf(kept: Kept<PublicationDraft>): void {
    const written = kept === this.kept;
    kept.forget(blankDraft(kept.key as Sort));
    if (!written || this.#first !== 'publish') return;
    this.#sort = 'publish';
    writeKind(null);
    if (this.kept.value.form.kind !== null && !isBegun(this.kept.value.form))
      this.kept.forget(blankDraft('publish'));
  }

  /** Stop; what was typed last is kept. */
  leave(): void {
    for (const kept of this.#kept.values()) kept.leave();
  }
}
