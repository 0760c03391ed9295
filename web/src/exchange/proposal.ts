/**
 * Proposing an exchange exactly once, however often it is tried.
 *
 * The draft carries the exchange's id, and the key of its last try with what was sent under it. When an answer
 * was lost and the words have changed since, the proposal may already stand there as it was worded first; then
 * it is amended, not refused.
 */
import { Problem, type Api } from '../api/client';
import type { Exchanges } from '../api/types';
import { attemptOf, type Attempt } from '../forms/attempt';
import { newId } from '../live/ids';
import type { Exchange } from '../protocol';
import { formOf, type Change, type ProposalForm, type Terms } from './form';

type Server = Pick<Api, 'get' | 'post' | 'patch'>;

/** A proposal being written. */
export interface Drafted {
  id: string;
  form: ProposalForm;
  attempt: Attempt | null;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Nothing written yet but what is usual. */
export function blank(usual: ProposalForm): Drafted {
  return { id: newId(), form: { ...usual }, attempt: null };
}

/** What was kept of a proposal, else a blank one. */
export function begun(kept: unknown, usual: ProposalForm): Drafted {
  const { id, form, attempt } = (kept ?? {}) as Partial<Record<keyof Drafted, unknown>>;
  if (typeof id !== 'string' || !ID.test(id)) return blank(usual);
  return { id, form: formOf(form, usual), attempt: attemptOf(attempt) };
}

/** Propose `terms` under `attempt`, which the draft has kept before. Rejects with `Problem`. */
export async function propose(
  server: Server,
  conversation: string,
  body: Terms & { id: string },
  attempt: Attempt,
): Promise<Exchange> {
  const path = `/api/conversations/${conversation}/exchanges`;
  try {
    return await server.post<Exchange>(path, body, { idempotencyKey: attempt.key });
  } catch (failure) {
    if (!(failure instanceof Problem && failure.code === 'id_taken')) throw failure;
    const { exchanges } = await server.get<Exchanges>(path);
    const standing = exchanges.find((one) => one.id === body.id);
    if (!standing) throw failure;
    const { id: _, ...terms } = body;
    return amend(server, standing, terms, newId());
  }
}

/** Word `exchange` anew under an idempotency key. Rejects with `Problem`. */
export function amend(server: Server, exchange: Exchange, change: Change, key: string): Promise<Exchange> {
  const body = { version: exchange.version, ...change };
  return server.patch<Exchange>(`/api/exchanges/${exchange.id}`, body, { idempotencyKey: key });
}

/** The exchange is no longer what it was to who acted: it is to be looked at anew. */
export function isOvertaken(failure: unknown): boolean {
  return failure instanceof Problem && ['changed_meanwhile', 'not_in_this_state'].includes(failure.code);
}
