/** One's own message, worded anew: which one, and what is typed of it, kept until it is saved. */
import { toasts } from '../design/toasts.svelte';
import { problemText } from '../i18n/problem';
import { draft, keepDraft } from '../state/drafts';
import type { Entry } from './entry';

export class Rewording {
  entry = $state.raw<Entry | null>(null);
  text = $state('');
  busy = $state(false);

  /** `save` has the message say something else; `onturn` is told when the field begins or ends to be its. */
  constructor(
    private readonly save: (id: string, text: string) => Promise<unknown>,
    private readonly onturn: () => void,
  ) {}

  start(entry: Entry): void {
    this.entry = entry;
    this.text = draft(key(entry)) || (entry.text ?? '');
    this.onturn();
  }

  keep(): void {
    if (this.entry) keepDraft(key(this.entry), this.text);
  }

  stop(): void {
    if (this.entry) keepDraft(key(this.entry), '');
    this.entry = null;
    this.onturn();
  }

  /** Save what is typed; what says the same as before needs no saving. */
  async send(): Promise<void> {
    const entry = this.entry;
    if (!entry) return;
    this.keep();
    const text = this.text.trim();
    if (text === entry.text) return this.stop();
    this.busy = true;
    try {
      await this.save(entry.id, text);
      this.stop();
    } catch (failure) {
      toasts.say(problemText(failure));
    } finally {
      this.busy = false;
    }
  }
}

const key = (entry: Entry): string => `reword:${entry.id}`;
