/**
 * What was typed and not sent, by key, so that nothing typed is ever lost.
 *
 * Keys in use: `conversation:{id}`, `dialog:{listing id}` (before the dialog exists), `publish`, `publish:mag`,
 * `edit:{listing id}`. Structured drafts are stored as JSON text by who uses them.
 */
import type { Layer } from '../protocol';
import { keep, recall } from './stored';

/** The text kept under `key`, or ''. */
export function draft(key: string): string {
  const text = recall(`draft.${key}`);
  return typeof text === 'string' ? text : '';
}

/** Keep `text` under `key`; an empty one is forgotten. */
export function keepDraft(key: string, text: string): void {
  keep(`draft.${key}`, text === '' ? null : text);
}

/** Which kind of listing the form to publish begins with; null asks. */
export function kindToWrite(): string | null {
  const kind = recall('publish.kind');
  return typeof kind === 'string' ? kind : null;
}

/** Begin the form to publish with `kind`; null lets it ask. */
export function writeKind(kind: Layer | null): void {
  keep('publish.kind', kind);
}
