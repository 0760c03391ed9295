/** What one is doing about the exchanges of one dialog: the form or the question that is open. */
import type { Exchanges } from '../live/exchanges.svelte';
import type { Exchange } from '../protocol';
import type { Act } from './sides';

/** `others` chooses among the acts that have no button of their own; `share` is no step of the exchange. */
export type Question = Act | 'share' | 'others';

/** What is known of the exchanges of a dialog. Reactive. */
export type Known = Pick<Exchanges, 'underWay' | 'known' | 'take' | 'fetch'>;

export class Dealing {
  /** Null as long as there is no dialog, or nobody is signed in. */
  exchanges = $state.raw<Known | null>(null);
  form = $state<'propose' | 'amend' | null>(null);
  /** What was interrupted by signing in is to be sent as soon as the form is there. */
  goOn = $state(false);
  /** What is asked before it is done, and the exchange as it stood then. */
  asked = $state.raw<{ question: Question; exchange: Exchange } | null>(null);

  get underWay(): Exchange | null {
    return this.exchanges?.underWay ?? null;
  }

  /** Nothing is under way, as far as can be known. */
  get isFree(): boolean {
    return this.exchanges === null || (this.exchanges.known && this.underWay === null);
  }

  /** Open the form of a new proposal; `goOn` sends it, as it was kept. */
  propose(goOn = false): void {
    [this.form, this.goOn] = ['propose', goOn];
  }

  ask(question: Question): void {
    const { underWay } = this;
    this.asked = null;
    if (!underWay) return;
    if (question === 'amend') this.form = 'amend';
    else this.asked = { question, exchange: underWay };
  }

  close(): void {
    [this.form, this.asked] = [null, null];
  }
}
