/** Buying smiles: going to the provider's page, and coming back from it. */
import type { Api } from '../api/client';
import { attemptFor, type Attempt } from '../forms/attempt';
import { route } from '../state/route.svelte';
import { keep, recall } from '../state/stored';
import type { Checkout, Purchase } from '../api/types';

const KEY = 'purchase.returned';

/** The purchase from whose page one comes back, if one does; it survives a reload of this tab. */
export function cameBack(): string | null {
  const id = route.query('achat');
  if (id === null) return kept();
  keep(KEY, id, sessionStorage);
  // It must not stick to every link of the page.
  route.setQuery({ achat: null });
  return id;
}

/** One has seen what became of it. */
export function forgetReturn(): void {
  keep(KEY, null, sessionStorage);
}

function kept(): string | null {
  const id = recall(KEY, sessionStorage);
  return typeof id === 'string' ? id : null;
}

/** One wish to buy, asked for as often as it takes: it makes one purchase. */
export class Wish {
  #last: Attempt | null = null;

  constructor(private readonly api: Pick<Api, 'post'>) {}

  /** The address of the page where `smiles` are paid for. Rejects with `Problem`. */
  async checkout(smiles: number): Promise<string> {
    // Another amount is another wish. Its key names the purchase, too.
    this.#last = attemptFor(smiles, this.#last);
    const { key } = this.#last;
    const draft = { id: key, smiles };
    return (await this.api.post<Checkout>('/api/purchases', draft, { idempotencyKey: key })).url;
  }
}

/** What has become of a purchase, as a word of the catalogue. */
export function standing({
  state,
  refunded,
}: Pick<Purchase, 'state' | 'refunded'>): Purchase['state'] | 'partly_refunded' {
  return state === 'paid' && refunded > 0 ? 'partly_refunded' : state;
}
