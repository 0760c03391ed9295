/**
 * What one still has in projects that moderators have hidden: what one promised and gave oneself, until when, and
 * how to take it back.
 */
import type { Api } from '../api/client';
import type { Gift, HiddenProject, HiddenProjects, Pledge } from '../api/types';
import { Hidden } from '../live/hidden.svelte';
import type { LiveSocket } from '../live/socket';

/** The last hidden first. */
export class HiddenSupports extends Hidden<HiddenProject> {
  constructor(socket: Pick<LiveSocket, 'on'>, server: Pick<Api, 'get'>, spread?: () => number) {
    super(
      socket,
      async () => (await server.get<HiddenProjects>('/api/me/hidden-projects')).projects,
      ({ id }) => id,
      spread,
    );
  }

  /** Show `pledge` as one has just withdrawn it, also where it was the last thing. */
  pledged(pledge: Pledge): void {
    this.#change(pledge.project, (one) => ({
      pledges: one.mine.pledges.map((known) => (known.id === pledge.id ? pledge : known)),
      gifts: one.mine.gifts,
    }));
  }

  /** Show `gift` as one has just taken it back. */
  gave(gift: Gift): void {
    this.#change(gift.project, (one) => ({
      pledges: one.mine.pledges,
      gifts: one.mine.gifts.map((known) => (known.id === gift.id ? gift : known)),
    }));
  }

  #change(id: string, mine: (one: HiddenProject) => HiddenProject['mine']): void {
    this.all = this.all.map((one) => (one.id === id ? { ...one, mine: mine(one) } : one));
  }
}

/** What of it still waits: cents promised, smiles held. */
export function waiting({ mine }: HiddenProject): { cents: number; smiles: number } {
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
  return {
    cents: sum(mine.pledges.filter(({ state }) => state === 'promised').map(({ cents }) => cents)),
    smiles: sum(mine.gifts.filter(({ state }) => state === 'held').map(({ smiles }) => smiles)),
  };
}
