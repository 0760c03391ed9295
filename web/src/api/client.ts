/**
 * Asking the server: one function per method, one kind of failure.
 *
 * Every refusal is a `Problem`: the server's own (RFC 9457, in the reader's language), or `offline`
 * when no answer came at all, in which case it is unknown whether the request was carried out; what
 * changes something therefore carries an id or an idempotency key, and can be asked again.
 */

/** One input at fault: `field` is a dotted path into the body. */
export interface FieldProblem {
  field: string;
  code: string;
  title: string;
}

/** Why something was not done. `title` is for the reader, `code` for programs. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    /** The HTTP status; 0 if no answer came. */
    readonly status: number,
    readonly field?: string,
    readonly errors: readonly FieldProblem[] = [],
    /** Seconds after which asking again makes sense, where the server said so. */
    readonly retryAfter?: number,
  ) {
    super(`${code}: ${title}`);
    this.name = 'Problem';
  }

  /** The sentence for `field`, if this problem is (also) about it. */
  of(field: string): string | undefined {
    if (this.field === field && this.errors.length === 0) return this.title;
    return this.errors.find((error) => error.field === field)?.title;
  }
}

export interface Asking {
  /** Named once per intention and kept for its retries: the same key has one effect. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

type Fetch = typeof globalThis.fetch;
type Json = Record<string, unknown>;

/** Longer than this, and the line is as good as dead. */
const PATIENCE_MS = 20_000;

export class Api {
  #fetch: Fetch;
  /** The reader's language, sent along so that refusals come in it. */
  locale = 'fr';
  /** Called when the server no longer knows who we are (401). */
  onsignedout: (() => void) | undefined;

  constructor(fetcher: Fetch = (...args) => globalThis.fetch(...args)) {
    this.#fetch = fetcher;
  }

  get<T>(path: string, asking?: Asking): Promise<T> {
    return this.#ask('GET', path, undefined, asking);
  }
  post<T>(path: string, body?: unknown, asking?: Asking): Promise<T> {
    return this.#ask('POST', path, body, asking);
  }
  put<T>(path: string, body?: unknown, asking?: Asking): Promise<T> {
    return this.#ask('PUT', path, body, asking);
  }
  patch<T>(path: string, body?: unknown, asking?: Asking): Promise<T> {
    return this.#ask('PATCH', path, body, asking);
  }
  del<T = void>(path: string, body?: unknown, asking?: Asking): Promise<T> {
    return this.#ask('DELETE', path, body, asking);
  }

  async #ask<T>(method: string, path: string, body: unknown, asking: Asking = {}): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': this.locale };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (asking.idempotencyKey) headers['Idempotency-Key'] = asking.idempotencyKey;
    const patience = AbortSignal.timeout(PATIENCE_MS);
    let answer: Response;
    let text: string;
    try {
      answer = await this.#fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        signal: asking.signal ? AbortSignal.any([asking.signal, patience]) : patience,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await answer.text();
    } catch (failure) {
      if (asking.signal?.aborted) throw failure;
      throw new Problem('offline', '', 0);
    }
    if (answer.ok) return parsed(text) as T;
    if (answer.status === 401) this.onsignedout?.();
    throw problemOf(answer.status, answer.headers.get('Retry-After'), text);
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a request was refused. A proxy's error page is no problem+json: it becomes the code `unknown`. */
export function problemOf(status: number, retryAfter: string | null, text: string): Problem {
  const json = parsed(text);
  const problem = (typeof json === 'object' && json !== null ? json : {}) as Json;
  const seconds = Number(retryAfter ?? Number.NaN);
  return new Problem(
    typeof problem.code === 'string' ? problem.code : 'unknown',
    typeof problem.title === 'string' ? problem.title : '',
    status,
    typeof problem.field === 'string' ? problem.field : undefined,
    Array.isArray(problem.errors) ? (problem.errors as FieldProblem[]) : [],
    Number.isFinite(seconds) ? seconds : undefined,
  );
}

/** The server that served this page. */
export const api = new Api();
