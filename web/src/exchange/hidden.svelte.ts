/**
 * The exchanges that one has under listings that moderators have hidden: of who answered there. Dialog and
 * listing are closed to them; what was agreed goes on, and so do its steps.
 */
import type { Api } from '../api/client';
import type { Exchanges } from '../api/types';
import { isNewer, isOver } from '../live/exchanges.svelte';
import { Hidden } from '../live/hidden.svelte';
import type { LiveSocket } from '../live/socket';
import type { Exchange } from '../protocol';
import type { Known } from './dealing.svelte';

/** The newest first; under each listing there is at most one, as in its dialog. */
export class HiddenExchanges extends Hidden<Exchange> {
  constructor(socket: Pick<LiveSocket, 'on'>, server: Pick<Api, 'get'>, spread?: () => number) {
    super(
      socket,
      async () => (await server.get<Exchanges>('/api/me/hidden-exchanges')).exchanges,
      ({ listing }) => listing,
      spread,
    );
  }

  /** Show `told` as it stands after a step, and ask anew: what is over is none of these any more. */
  take(told: Exchange): void {
    this.all = this.all
      .map((one) => (one.id === told.id && isNewer(told, one) ? told : one))
      .filter((one) => !isOver(one));
    void this.fetch();
  }

  /** The one under the listing `id`, as the steps of a dialog take it; `onover` is told of the one that ends it. */
  under(id: string, onover: (exchange: Exchange) => void): Known {
    const underWay = () => this.of(id) ?? null;
    const known = () => this.known;
    return {
      get underWay() {
        return underWay();
      },
      get known() {
        return known();
      },
      take: (...told) => {
        for (const one of told) this.take(one);
        told.filter(isOver).forEach(onover);
      },
      fetch: () => this.fetch(),
    };
  }
}
