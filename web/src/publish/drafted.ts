/** A listing being written, with the id under which it will exist and the key of its last try. */
import { newId } from '../live/ids';
import { BLANK, formOf, type ListingForm } from './form';
import type { Attempt } from './publication';

export interface PublicationDraft {
  id: string;
  form: ListingForm;
  attempt: Attempt | null;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Nothing written yet. */
export function blankDraft(): PublicationDraft {
  return { id: newId(), form: { ...BLANK }, attempt: null };
}

/** What was kept, else a blank draft. */
export function begunDraft(kept: unknown): PublicationDraft {
  const { id, form, attempt } = (kept ?? {}) as Partial<Record<keyof PublicationDraft, unknown>>;
  if (typeof id !== 'string' || !ID.test(id)) return blankDraft();
  return { id, form: formOf(form), attempt: attemptOf(attempt) };
}

function attemptOf(value: unknown): Attempt | null {
  const { key, sent } = (value ?? {}) as Partial<Attempt>;
  return typeof key === 'string' && typeof sent === 'string' ? { key, sent } : null;
}
