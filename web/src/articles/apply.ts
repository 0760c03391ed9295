/** Carrying out a change in a field as if it had been typed, so that the browser's own undo takes it back. */
import type { Edit } from './formatting';

/** Do `edit` in `field`, which then has the focus. */
export function apply(field: HTMLTextAreaElement, edit: Edit): void {
  const { from, to, insert, start, end } = edit;
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
  // Deprecated, and the only way that every browser can undo.
  const typed = document.execCommand?.(insert === '' ? 'delete' : 'insertText', false, insert);
  if (!typed) {
    field.setRangeText(insert, from, to, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
  field.setSelectionRange(start, end);
}
