/**
 * What is wrong with a form: a sentence per field, and one for what concerns no field.
 *
 * The page's own checks and the server's refusals end up here alike, so that the reader meets one kind of
 * error, beside the field it is about.
 */
import { Problem } from '../api/client';
import { problemText } from '../i18n/problem';

export class Faults<Field extends string> {
  #found = $state.raw<Readonly<Record<string, string | undefined>>>({});
  /** What concerns no field; '' for nothing. */
  general = $state('');

  /** `fields` in the order in which the form shows them. */
  constructor(readonly fields: readonly Field[]) {}

  /** The sentence about `field`, if any. */
  of(field: Field): string | undefined {
    return this.#found[field];
  }

  /** The fields at fault, in the form's order. */
  get list(): readonly { field: Field; text: string }[] {
    return this.fields.flatMap((field) => {
      const text = this.#found[field];
      return text ? [{ field, text }] : [];
    });
  }

  /** Take `found` for all that is wrong; true if it is nothing. */
  set(found: Partial<Record<Field, string>>): boolean {
    this.#found = found;
    this.general = '';
    return this.list.length === 0;
  }

  /** `field` is being changed: what was said about it is out of date. */
  clear(field: Field): void {
    if (this.#found[field] !== undefined) this.#found = { ...this.#found, [field]: undefined };
    this.general = '';
  }

  /** Say why the server refused: beside the fields it names, else in general. */
  refused(failure: unknown): void {
    const found: Partial<Record<Field, string>> = {};
    if (failure instanceof Problem)
      for (const field of this.fields) {
        const text = failure.of(field) ?? this.#inside(failure, field);
        if (text) found[field] = text;
      }
    this.set(found);
    if (this.list.length === 0) this.general = problemText(failure);
  }

  /** The server names the innermost value: `place.lon` is about the place. */
  #inside(problem: Problem, field: Field): string | undefined {
    return problem.errors.find((error) => error.field.startsWith(`${field}.`))?.title;
  }
}

/** How long `text` is as the server counts it: code points, trimmed, composed. */
export function lengthOf(text: string): number {
  return [...text.trim().normalize('NFC')].length;
}
