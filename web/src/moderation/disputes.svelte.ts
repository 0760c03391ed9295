/** The disputes that wait for a moderator, live: the stream says that there is news, the list is fetched anew. */
import type { Api } from '../api/client';
import type { Dispute, Disputes } from '../api/types';
import type { LiveSocket } from '../live/socket';

export class DisputeList {
  /** The oldest first; null until they are known. */
  open = $state.raw<readonly Dispute[] | null>(null);
  /** Fetching failed and nothing is known. */
  failed = $state<unknown>(null);
  /** The exchanges whose disputes were seen to end since this was opened. */
  over = $state.raw<ReadonlySet<string>>(new Set());
  #asked = 0;
  #stop: (() => void)[];

  constructor(
    private readonly socket: Pick<LiveSocket, 'on' | 'tell'>,
    private readonly api: Pick<Api, 'get'>,
  ) {
    this.#stop = [
      socket.on('welcome', () => this.follow()),
      socket.on('resync', (event) => setTimeout(() => void this.fetch(), Math.random() * event.within_ms)),
      socket.on('feed', ({ item }) => {
        if (item.kind !== 'dispute') return;
        if (item.hidden) this.over = new Set([...this.over, item.id]);
        void this.fetch();
      }),
    ];
  }

  /** Follow them everywhere: first the stream, then the list, so that nothing falls between. */
  follow(): void {
    this.socket.tell({ type: 'feed', area: null, kinds: ['dispute'] });
    void this.fetch();
  }

  /** Fetch the list; of several answers under way the last one asked for counts. */
  async fetch(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const { disputes } = await this.api.get<Disputes>('/api/moderation/disputes');
      if (asked === this.#asked) [this.open, this.failed] = [disputes, null];
    } catch (failure) {
      if (asked === this.#asked && this.open === null) this.failed = failure;
    }
  }

  /** Stop following. */
  leave(): void {
    this.#asked += 1;
    for (const stop of this.#stop) stop();
    this.socket.tell({ type: 'feed', area: null, kinds: [] });
  }
}
