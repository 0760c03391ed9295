/**
 * What a catalogue is: areas of keys; a text, or one text per plural form.
 *
 * The French catalogue is the measure: its keys and the `{params}` in its texts are the types of
 * `t`, and every other language must have exactly the same keys.
 */

/** A text that depends on `{count}`, by the forms of `Intl.PluralRules`. */
export type Plural = { readonly one: string; readonly other: string; readonly many?: string };
export type Entry = string | Plural;
export type Area = Readonly<Record<string, Entry>>;

type Widened<E> = E extends string ? string : Plural;
/** The same keys as `Model`, in another language. */
export type Translation<Model> = { readonly [K in keyof Model]: Widened<Model[K]> };

type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type EntryNames<E> = E extends string
  ? Names<E>
  : E extends { one: infer One; other: infer Other }
    ? Names<One> | Names<Other> | 'count'
    : never;
/** The parameters that an entry needs: none, or an object with each of its `{names}`. */
export type Params<E> = [EntryNames<E>] extends [never]
  ? []
  : [params: Readonly<Record<EntryNames<E>, string | number>>];

/** Fill `{names}` of `text` with `params`; a missing one stays visible, so that it is noticed. */
export function fill(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
