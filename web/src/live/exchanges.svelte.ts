/**
 * The exchanges of one dialog, as this page knows them.
 *
 * All that there ever were are asked for on arriving and whenever the messages begin anew; from then on the
 * cards among the messages tell. Of each exchange the highest version counts, whichever way it came.
 */
import { untrack } from 'svelte';
import type { Api } from '../api/client';
import type { Exchange, ExchangeState, Message } from '../protocol';

/** What one dialog has: its messages, and how often they were begun anew. Reactive. */
export interface Dialog {
  readonly id: string;
  readonly state: string;
  readonly messages: readonly Message[];
  readonly resets: number;
}

type Answer = { exchanges: readonly Exchange[] };

const OVER: readonly ExchangeState[] = [
  'confirmed',
  'declined',
  'cancelled',
  'expired',
  'returned',
  'settled',
];
/** A server that does not answer is asked again after so long. */
const AGAIN_MS = 15_000;

/** Whether nothing can be done to `exchange` any more. */
export function isOver(exchange: Exchange): boolean {
  return OVER.includes(exchange.state);
}

export class Exchanges {
  /** The last changed first. */
  all = $state.raw<readonly Exchange[]>([]);
  /** The server has said which there are. */
  known = $state(false);
  /** The one that is not over yet: a dialog has at most one. */
  underWay = $derived(this.all.find((one) => !isOver(one)) ?? null);

  #again: ReturnType<typeof setTimeout> | undefined;
  #left = false;
  #stop: () => void;

  /** Call `leave` when done. */
  constructor(
    private readonly dialog: Dialog,
    private readonly api: Pick<Api, 'get'>,
  ) {
    this.#stop = $effect.root(() => {
      $effect(() => this.#takeCards(dialog.messages));
      $effect(() => {
        void dialog.resets;
        if (dialog.state === 'ready') void this.fetch();
      });
    });
  }

  /** Ask which exchanges there are. */
  async fetch(): Promise<void> {
    clearTimeout(this.#again);
    try {
      const { exchanges } = await this.api.get<Answer>(`/api/conversations/${this.dialog.id}/exchanges`);
      this.take(...exchanges);
      this.known = true;
    } catch {
      if (!this.#left) this.#again = setTimeout(() => void this.fetch(), AGAIN_MS);
    }
  }

  /** Take exchanges that the server told of; what is older than what is known changes nothing. */
  take(...told: Exchange[]): void {
    const best = new Map(this.all.map((one) => [one.id, one]));
    for (const one of told) if (isNewer(one, best.get(one.id))) best.set(one.id, one);
    this.all = [...best.values()].sort(lastFirst);
  }

  /** Nobody looks any more. */
  leave(): void {
    this.#left = true;
    clearTimeout(this.#again);
    this.#stop();
  }

  #takeCards(messages: readonly Message[]): void {
    const told = messages.flatMap(({ card }) => (card ? [card.exchange] : []));
    if (told.length > 0) untrack(() => this.take(...told));
  }
}

/**
 * Whether `told` is of later than `known`. Showing the dialog to the moderators is no step: it does not raise the
 * version, and is not taken back.
 */
export const isNewer = (told: Exchange, known: Exchange | undefined) =>
  known === undefined ||
  told.version > known.version ||
  (told.version === known.version && told.shared && !known.shared);

const lastFirst = (a: Exchange, b: Exchange) =>
  a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : a.id < b.id ? 1 : -1;
