/**
 * The idempotency key of what is sent, named once per wording: the same words are tried again under the same
 * key, and the server answers what it answered before.
 */
import { newId } from '../live/ids';

export interface Attempt {
  key: string;
  /** What was sent, as JSON. */
  sent: string;
}

/** The try to make for `body`: the last one again, if nothing has changed since. */
export function attemptFor(body: unknown, last: Attempt | null): Attempt {
  const sent = JSON.stringify(body);
  return last?.sent === sent ? last : { key: newId(), sent };
}

/** What was kept of an attempt, else none. */
export function attemptOf(kept: unknown): Attempt | null {
  const { key, sent } = (kept ?? {}) as Partial<Attempt>;
  return typeof key === 'string' && typeof sent === 'string' ? { key, sent } : null;
}
