/** What is typed into a conversation and not sent: kept at every key, and found again. */
import { draft, keepDraft } from '../state/drafts';

/** Of a dialog that does not exist yet, its text moves along when the first message makes it. */
const UNBORN = 'dialog:';

export class Typed {
  text = $state('');
  #key = '';

  /** It belongs to `id` from now on, or to the dialog that will come to exist under `listing`. */
  belongsTo(id: string | null, listing: string): void {
    const key = id ? `conversation:${id}` : `${UNBORN}${listing}`;
    if (key === this.#key) return;
    const typed = this.#key.startsWith(UNBORN) ? this.text : '';
    if (typed) keepDraft(this.#key, '');
    this.#key = key;
    this.text = typed || draft(key);
    this.keep();
  }

  keep(): void {
    keepDraft(this.#key, this.text);
  }

  clear(): void {
    this.text = '';
    this.keep();
  }
}
