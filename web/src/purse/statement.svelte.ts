/**
 * One's statement, the newest line first, of all kinds or of one.
 *
 * What is new comes in above what is shown, and nothing that is shown goes: lines are only ever added.
 */
import type { Api } from '../api/client';
import { problemText } from '../i18n/problem';
import type { Statement, StatementLine } from '../api/types';

export const LINE_KINDS = ['all', 'received', 'given', 'held', 'bought'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

const PAGE = 20;

export class OpenStatement {
  kind = $state<LineKind>('all');
  /** null while nothing has come yet. */
  lines = $state.raw<readonly StatementLine[] | null>(null);
  /** Older ones exist: `loadEarlier`. */
  earlier = $state(false);
  loading = $state(false);
  /** Why the first page did not come; '' if it did. */
  failed = $state('');
  /** How often something was asked for: only the last answer counts. */
  #asked = 0;

  constructor(private readonly api: Pick<Api, 'get'>) {}

  /** Show the lines of `kind` only. */
  async choose(kind: LineKind): Promise<void> {
    [this.kind, this.lines, this.earlier] = [kind, null, false];
    await this.refresh();
  }

  /** Look what is new. */
  async refresh(): Promise<void> {
    const turn = ++this.#asked;
    try {
      const page = await this.#page(null);
      if (turn !== this.#asked) return;
      this.failed = '';
      this.#take(page);
    } catch (failure) {
      if (turn === this.#asked && this.lines === null) this.failed = problemText(failure);
    }
  }

  /** Fetch the page before the oldest line. Rejects with `Problem`. */
  async loadEarlier(): Promise<void> {
    const oldest = this.lines?.at(-1);
    if (!oldest || this.loading) return;
    this.loading = true;
    const kind = this.kind;
    try {
      const page = await this.#page(oldest.id);
      // Another kind, or a page that did not meet what was shown, has begun anew meanwhile.
      if (kind !== this.kind || this.lines?.at(-1)?.id !== oldest.id) return;
      this.lines = [...this.lines, ...page.lines];
      this.earlier = page.earlier;
    } finally {
      this.loading = false;
    }
  }

  /** Where all lines of the chosen kind are, as a file. */
  get csv(): string {
    return `/api/me/smiles/statement.csv?kind=${this.kind}`;
  }

  #page(before: string | null): Promise<Statement> {
    const from = before ? `&before=${before}` : '';
    return this.api.get<Statement>(`/api/me/smiles/statement?kind=${this.kind}&limit=${PAGE}${from}`);
  }

  #take(page: Statement): void {
    const known = new Set(this.lines?.map((line) => line.id));
    const fresh = page.lines.filter((line) => !known.has(line.id));
    // More has happened than one page holds, and what lies between is not here: begin anew.
    const gap = page.earlier && fresh.length === page.lines.length;
    if (!this.lines || gap) [this.lines, this.earlier] = [page.lines, page.earlier];
    else if (fresh.length > 0) this.lines = [...fresh, ...this.lines];
  }
}
