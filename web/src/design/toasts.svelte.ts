/**
 * What the page says aside: short notes at the bottom, and words for screen readers only.
 *
 * Announcements that come together are said as one: a street that gets ten offers at once is one
 * sentence, not ten.
 */

export type Toast = { id: number; text: string; action?: { label: string; run: () => void } };

const SHOWN_MS = 6000;
/** A screen reader has taken the words up long before. */
const SAID_MS = 3000;

class Toasts {
  shown = $state.raw<readonly Toast[]>([]);
  #next = 1;

  /** Show `text` for six seconds, with at most one thing to do. */
  say(text: string, action?: Toast['action']): void {
    const toast: Toast = { id: this.#next++, text, ...(action ? { action } : {}) };
    // Two at most: a pile of notes is read by nobody.
    this.shown = [...this.shown.slice(-1), toast];
    setTimeout(() => this.dismiss(toast.id), action ? SHOWN_MS * 2 : SHOWN_MS);
  }

  /** Take a note away. */
  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

/** The page's notes; drawn by `Toasts.svelte`, once, in the shell. */
export const toasts = new Toasts();

class Announcer {
  text = $state('');
  #over: ReturnType<typeof setTimeout> | undefined;

  /** Say `text` politely to screen readers; shown nowhere. */
  say(text: string): void {
    // The same words twice would be no change, and so not be said.
    this.text = this.text === text ? `${text}\u200b` : text;
    // Nor do they stay to be found later: what was quoted may be hidden by then.
    clearTimeout(this.#over);
    this.#over = setTimeout(() => (this.text = ''), SAID_MS);
  }
}

/** The page's quiet voice. */
export const announcer = new Announcer();
