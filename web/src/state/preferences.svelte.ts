/** How this reader wants the interface, in this browser. */
import { language, preferredLocale, type Locale } from '../i18n/index.svelte';
import { keep, recall } from './stored';

export type ThemeWish = 'auto' | 'light' | 'dark';

type Kept = {
  theme: ThemeWish;
  locale: Locale | null;
  enterSends: boolean;
  singleKeys: boolean;
  greeted: boolean;
};
const DEFAULTS: Kept = { theme: 'auto', locale: null, enterSends: true, singleKeys: true, greeted: false };

class Preferences {
  #kept = $state<Kept>({ ...DEFAULTS, ...(recall('preferences') as Partial<Kept> | null) });
  #systemDark = $state(false);

  /** What the reader chose; `auto` follows the system. */
  get theme(): ThemeWish {
    return this.#kept.theme;
  }
  set theme(theme: ThemeWish) {
    this.#change({ theme });
    this.#dress();
  }

  /** The theme that is shown. */
  get shownTheme(): 'light' | 'dark' {
    if (this.#kept.theme !== 'auto') return this.#kept.theme;
    return this.#systemDark ? 'dark' : 'light';
  }

  /** The language: chosen here, else the browser's wish. Setting it fetches the catalogue. */
  get locale(): Locale {
    return this.#kept.locale ?? preferredLocale();
  }
  set locale(locale: Locale) {
    this.#change({ locale });
    void language.use(locale);
  }
  /** The reader chose a language in this browser (so the member's own does not override it). */
  get localeChosen(): boolean {
    return this.#kept.locale !== null;
  }

  /** Enter sends a message and Shift+Enter breaks the line; else the other way round with Ctrl. */
  get enterSends(): boolean {
    return this.#kept.enterSends;
  }
  set enterSends(enterSends: boolean) {
    this.#change({ enterSends });
  }

  /** Shortcuts of a single key (`/`, `n`, `r`, `?`) are on. */
  get singleKeys(): boolean {
    return this.#kept.singleKeys;
  }
  set singleKeys(singleKeys: boolean) {
    this.#change({ singleKeys });
  }

  /** The first-visit line was understood or dismissed. */
  get greeted(): boolean {
    return this.#kept.greeted;
  }
  set greeted(greeted: boolean) {
    this.#change({ greeted });
  }

  /** Follow the system's theme and put the wished one on the page; once, at the start. */
  start(): void {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = dark.matches;
    dark.addEventListener('change', (event) => {
      this.#systemDark = event.matches;
      this.#dress();
    });
    this.#dress();
  }

  #change(change: Partial<Kept>): void {
    Object.assign(this.#kept, change);
    keep('preferences', $state.snapshot(this.#kept));
  }

  #dress(): void {
    document.documentElement.dataset.theme = this.shownTheme;
  }
}

export const preferences = new Preferences();
