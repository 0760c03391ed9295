/**
 * What one still has in projects that moderators have hidden. Their pages are closed: all that is shown is what
 * one promised and gave oneself, until when, and how to take it back.
 */
import type { Api } from '../api/client';
import type { Gift, HiddenProject, HiddenProjects, Pledge } from '../api/types';
import type { LiveSocket } from '../live/socket';

type Server = Pick<Api, 'get'>;

/** A hide reaches all who support a project at once: they do not all ask in the same moment. */
const PAUSE_MS = 250;
const SPREAD_MS = 1500;

export class HiddenSupports {
  /** The last hidden first. */
  projects = $state.raw<readonly HiddenProject[]>([]);
  /** It was asked for, and answered or not. */
  known = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #stop: (() => void)[];

  constructor(
    socket: Pick<LiveSocket, 'on'>,
    private readonly server: Server,
    private readonly spread: () => number = () => Math.random() * SPREAD_MS,
  ) {
    this.#stop = [
      socket.on('welcome', ({ member }) => (member ? void this.fetch() : this.#forget())),
      // One was hidden; one was restored; smiles came back.
      socket.on('listing_gone', () => this.#later()),
      socket.on('listing_restored', ({ id }) => this.of(id) && this.#later()),
      socket.on('resync', ({ within_ms }) => this.#later(Math.random() * within_ms)),
      socket.on('purse', () => this.projects.length > 0 && this.#later()),
    ];
  }

  /** Stop listening. */
  leave(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stop) stop();
  }

  /** What one has in the project `id`, if it is hidden. */
  of(id: string): HiddenProject | undefined {
    return this.projects.find((one) => one.id === id);
  }

  /** Fetch it (again), now. What is known stays if it does not come. */
  async fetch(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const asked = (this.#asked += 1);
    const answer = await this.server.get<HiddenProjects>('/api/me/hidden-projects').catch(() => undefined);
    if (asked !== this.#asked) return;
    this.known = true;
    if (answer) this.projects = answer.projects;
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
    this.projects = this.projects.map((one) => (one.id === id ? { ...one, mine: mine(one) } : one));
  }

  #forget(): void {
    this.#asked += 1;
    this.projects = [];
  }

  #later(after = PAUSE_MS + this.spread()): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.fetch(), after);
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
