/**
 * A listing being written, with the id under which it will exist and the key of its last try.
 *
 * There is one draft of what one asks for or offers, whose words serve for both, and one of each other kind: who
 * looks at another form finds theirs as it was. Each project has one of a task that is to be added to it.
 */
import { attemptOf, type Attempt } from '../forms/attempt';
import { newId } from '../live/ids';
import { draft } from '../state/drafts';
import { blank, formOf, isBegun, type Kind, type ListingForm } from './form';

export interface PublicationDraft {
  id: string;
  form: ListingForm;
  attempt: Attempt | null;
}

/** Which drafts there are, by the keys under which they are kept. */
export const SORTS = ['publish', 'publish:mag', 'publish:project'] as const;
export type Sort = (typeof SORTS)[number] | `task:${string}`;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where the draft of a `kind` is kept. */
export function sortOf(kind: Kind | null): Sort {
  return kind === 'mag' || kind === 'project' ? `publish:${kind}` : 'publish';
}

/** Nothing written yet. */
export function blankDraft(sort: Sort): PublicationDraft {
  return { id: newId(), form: blank(kindOf(sort)), attempt: null };
}

/** The kind that a draft of this sort begins with; null asks. */
function kindOf(sort: Sort): Kind | null {
  if (sort === 'publish:mag') return 'mag';
  if (sort === 'publish:project') return 'project';
  return sort === 'publish' ? null : 'request';
}

/** What was kept, else a blank draft. */
export function begunDraft(sort: Sort, kept: unknown): PublicationDraft {
  const { id, form, attempt } = (kept ?? {}) as Partial<Record<keyof PublicationDraft, unknown>>;
  const found = formOf(form);
  if (typeof id !== 'string' || !ID.test(id) || !fits(found.kind, sort)) return blankDraft(sort);
  return { id, form: found, attempt: attemptOf(attempt) };
}

function fits(kind: Kind | null, sort: Sort): boolean {
  return sort.startsWith('task:') ? kind === 'request' : sortOf(kind) === sort;
}

/** The drafts that wait, of any kind; those of tasks wait at their projects. */
export function waitingForms(): readonly ListingForm[] {
  return SORTS.map((sort) => begunDraft(sort, parsed(draft(sort))).form).filter(isBegun);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
