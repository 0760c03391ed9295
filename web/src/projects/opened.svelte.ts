/**
 * The project that is open, beyond what its listing says: supporters, tasks, news, the team, one's own support.
 *
 * How far it has come is on its listing, and so live. All else is asked for again when the listing has a higher
 * version: after a short while that differs from reader to reader, so that one pledge does not bring a whole
 * street to the server at once. What one has done oneself is there with its answer.
 */
import { Problem, type Api } from '../api/client';
import type { Gift, Pledge, ProjectView } from '../api/types';
import { problemText } from '../i18n/problem';
import type { LiveSocket } from '../live/socket';
import type { Listing, Message } from '../protocol';

type Server = Pick<Api, 'get'>;

/** News that come together are asked for once. */
const PAUSE_MS = 250;
const SPREAD_MS = 1500;

export class OpenedProject {
  view = $state.raw<ProjectView | null>(null);
  /** Why it could not be fetched, in the reader's language; '' as long as it could. */
  reason = $state('');
  /** Called with news that came while one looked. */
  onnews: ((message: Message) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #stop: (() => void)[];

  constructor(
    readonly id: string,
    socket: Pick<LiveSocket, 'on'>,
    private readonly server: Server,
    private readonly spread: () => number = () => Math.random() * SPREAD_MS,
  ) {
    this.#stop = [
      socket.on('message', ({ message }) => this.#heard(message)),
      socket.on('welcome', () => void this.fetch()),
    ];
  }

  /** Stop listening. */
  leave(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stop) stop();
  }

  /** The listing has `version` by now: what is known of the project may be out of date. */
  heardOf(version: number): void {
    if (this.#timer !== undefined || version <= (this.view?.listing.version ?? Infinity)) return;
    this.#timer = setTimeout(() => void this.fetch(), PAUSE_MS + this.spread());
  }

  /** Fetch it (again), now. */
  async fetch(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const asked = (this.#asked += 1);
    try {
      const view = await this.server.get<ProjectView>(`/api/projects/${this.id}`);
      if (asked === this.#asked) this.take(view);
    } catch (failure) {
      if (asked !== this.#asked) return;
      if (!this.view || !(failure instanceof Problem && failure.code === 'offline'))
        this.reason = problemText(failure);
    }
  }

  /** Take `view`, which the server has just answered. */
  take(view: ProjectView): void {
    if (view.listing.version < (this.view?.listing.version ?? 0)) return;
    this.view = view;
    this.reason = '';
  }

  /** Show `pledge` as one has just made or changed it. */
  pledged(pledge: Pledge): void {
    if (!this.view) return;
    const { pledges, ...others } = this.view.mine;
    const mine = { ...others, pledges: [pledge, ...pledges.filter(({ id }) => id !== pledge.id)] };
    this.view = { ...this.view, mine };
    void this.fetch();
  }

  /** Show `gift` as one has just made or changed it. */
  gave(gift: Gift): void {
    if (!this.view) return;
    const { gifts, ...others } = this.view.mine;
    const mine = { ...others, gifts: [gift, ...gifts.filter(({ id }) => id !== gift.id)] };
    this.view = { ...this.view, mine };
    void this.fetch();
  }

  /** Show `message`, which may be news of this project: posted, changed, or taken back. */
  #heard(message: Message): void {
    if (!this.view || !message.update || message.conversation !== this.view.listing.thread) return;
    const known = this.view.updates.find(({ id }) => id === message.id);
    if (known && known.change >= message.change) return;
    const others = this.view.updates.filter(({ id }) => id !== message.id);
    const shown = message.state === 'visible' ? [...others, message] : others;
    this.view = { ...this.view, updates: shown.sort((a, b) => b.seq - a.seq) };
    if (!known && message.state === 'visible') this.onnews?.(message);
  }
}

/** The newer of two states of a listing, of which one may be a pin. */
export function newest(
  listing: Listing,
  pin: { version: number; progress?: Listing['progress'] } | undefined,
) {
  return pin && pin.version > listing.version ? pin : listing;
}
