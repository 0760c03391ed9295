/**
 * The interface's words: `t('area.key', {params})` in the reader's language.
 *
 * French comes with the shell; other languages are fetched when chosen. `t` reads a rune, so a
 * template that uses it changes when the language does.
 */
import { fill, type Entry, type Params } from './catalogue';
import french from './fr';
import { elided, french as typeset } from './typography';

export type Locale = 'fr' | 'en';
export const LOCALES: readonly Locale[] = ['fr', 'en'];

type Catalogue = typeof french;
/** Every key of the catalogue, as `area.key`. */
export type Key = { [A in keyof Catalogue]: `${A}.${Extract<keyof Catalogue[A], string>}` }[keyof Catalogue];
type EntryOf<K extends Key> = K extends `${infer A}.${infer Rest}`
  ? A extends keyof Catalogue
    ? Rest extends keyof Catalogue[A]
      ? Catalogue[A][Rest]
      : never
    : never
  : never;

type Loaded = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

const loaders: Readonly<Record<Locale, () => Promise<Loaded>>> = {
  fr: async () => french,
  en: async () => (await import('./en')).default,
};

class Language {
  locale = $state<Locale>('fr');
  #catalogue = $state.raw<Loaded>(french);
  #plural = $derived(new Intl.PluralRules(this.locale));
  #wanted: Locale = 'fr';

  /** By which dates are written, and hours: a town in Europe writes «5 December» in English too, and «18:00». */
  get dates(): string {
    return this.locale === 'en' ? 'en-GB' : this.locale;
  }

  /** Speak `locale` from now on; resolves when its catalogue is here. The last one asked for wins. */
  async use(locale: Locale): Promise<void> {
    this.#wanted = locale;
    const catalogue = await loaders[locale]();
    if (this.#wanted !== locale) return;
    this.#catalogue = catalogue;
    this.locale = locale;
    document.documentElement.lang = locale;
  }

  /** The text of `key`, filled; use the typed `t` instead. */
  text(key: string, params: Readonly<Record<string, string | number>>): string {
    const dot = key.indexOf('.');
    const entry = this.#catalogue[key.slice(0, dot)]?.[key.slice(dot + 1)];
    if (entry === undefined) return key;
    const template = typeof entry === 'string' ? entry : this.#form(entry, params);
    const words = this.#words(params);
    return this.locale === 'fr' ? typeset(fill(elided(template, words), words)) : fill(template, words);
  }

  #form(entry: Exclude<Entry, string>, params: Readonly<Record<string, string | number>>): string {
    const form = this.#plural.select(Number(params.count ?? 0));
    return form === 'one' ? entry.one : form === 'many' ? (entry.many ?? entry.other) : entry.other;
  }

  #words(params: Readonly<Record<string, string | number>>): Record<string, string> {
    const written = new Intl.NumberFormat(this.locale);
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [
        name,
        typeof value === 'number' ? written.format(value) : value,
      ]),
    );
  }
}

/** The language in use. `language.locale` is reactive. */
export const language = new Language();

/**
 * The text of `key` in the reader's language, its `{params}` filled; numbers are written as the
 * language writes them. A text with plural forms chooses by `count`.
 */
export function t<K extends Key>(key: K, ...params: Params<EntryOf<K>>): string {
  return language.text(key, params[0] ?? {});
}

/** The reader's first language among ours: their browser's wish, else French. */
export function preferredLocale(wishes: readonly string[] = navigator.languages): Locale {
  const known = wishes.map((w) => w.slice(0, 2).toLowerCase()).find((w) => w === 'fr' || w === 'en');
  return known === 'en' ? 'en' : 'fr';
}
