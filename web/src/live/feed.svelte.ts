/** The moderators' stream: new listings, public messages and disputes, newest first, live. */
import type { Api } from '../api/client';
import type { FeedItem, Person } from '../protocol';
import type { LiveSocket } from './socket';

export type FeedKind = FeedItem['kind'];
/** A GeoJSON Polygon or MultiPolygon; null is everywhere. */
export type Area = Record<string, unknown> | null;
type Page = { items: FeedItem[]; earlier: boolean };

const PAGE = 50;
/** What the server gives at once at most. */
const MOST = 200;
/** A feed left open for a week must not fill the memory. */
const KEPT = 1000;

export class FeedStore {
  /** What is shown, newest first. */
  items = $state.raw<readonly FeedItem[]>([]);
  /** What arrived while paused, newest first. */
  held = $state.raw<readonly FeedItem[]>([]);
  paused = $state(false);
  state = $state<'idle' | 'loading' | 'ready' | 'refused'>('idle');
  /** Older items can be had by `loadEarlier`. */
  earlier = $state(false);
  #area: Area = null;
  #kinds: readonly FeedKind[] = [];
  /** For each page that is on its way, who has been told of since it was asked for. */
  #underWay = new Set<Map<string, Person>>();

  constructor(
    private readonly socket: LiveSocket,
    private readonly api: Pick<Api, 'post'>,
  ) {
    socket.on('welcome', () => void (this.#kinds.length > 0 && this.follow(this.#area, this.#kinds)));
    socket.on('resync', (event) =>
      setTimeout(() => void this.follow(this.#area, this.#kinds), Math.random() * event.within_ms),
    );
    socket.on('feed', (event) => this.take(event.item));
    socket.on('author', (event) => this.#call(event.author));
  }

  /**
   * Follow `kinds` in `area`: first the stream, then its past, so that nothing falls between. Of what is followed
   * already all that is shown is asked for again: who was away may show what is no longer so.
   */
  async follow(area: Area, kinds: readonly FeedKind[]): Promise<void> {
    const changed = JSON.stringify([area, kinds]) !== JSON.stringify([this.#area, this.#kinds]);
    [this.#area, this.#kinds] = [area, kinds];
    if (changed) [this.items, this.held, this.state] = [[], [], 'loading'];
    if (kinds.length === 0) return this.#stopped();
    this.socket.tell({ type: 'feed', area, kinds: [...kinds] });
    const oldest = this.items.at(-1)?.created_at;
    let page = await this.#page(null, oldest ? MOST : PAGE);
    if (this.#area !== area || this.#kinds !== kinds) return;
    this.state = page ? 'ready' : 'refused';
    while (page) {
      for (const item of [...page.items].reverse()) this.#merge(item);
      this.earlier = page.earlier;
      const reached = page.items.at(-1)?.created_at;
      if (!page.earlier || !reached || !oldest || reached <= oldest) return;
      page = await this.#page(reached, MOST);
      if (this.#area !== area || this.#kinds !== kinds) return;
    }
  }

  /** Stop following. */
  stop(): void {
    [this.#kinds, this.items, this.held, this.state] = [[], [], [], 'idle'];
    this.socket.tell({ type: 'feed', area: null, kinds: [] });
  }

  /** Hold arrivals back, to read in peace; going on shows them. */
  pause(paused: boolean): void {
    this.paused = paused;
    if (paused) return;
    for (const item of [...this.held].reverse()) this.#merge(item);
    this.held = [];
  }

  /** Fetch the page before the oldest item. */
  async loadEarlier(): Promise<void> {
    const page = await this.#page(this.items.at(-1)?.created_at ?? null);
    for (const item of page?.items ?? []) this.#merge(item);
    if (page) this.earlier = page.earlier;
  }

  /** Take an item the server told of; a change of one that is shown is shown at once. */
  take(item: FeedItem): void {
    if (!this.#kinds.includes(item.kind)) return;
    const shown = this.items.some((one) => same(one, item));
    if (this.paused && !shown) this.held = [item, ...this.held.filter((one) => !same(one, item))];
    else this.#merge(item);
  }

  async #page(before: string | null, limit = PAGE): Promise<Page | undefined> {
    const query = { before, area: this.#area, kinds: this.#kinds, limit };
    const since = new Map<string, Person>();
    this.#underWay.add(since);
    const page = await this.api.post<Page>('/api/moderation/feed', query).catch(() => undefined);
    this.#underWay.delete(since);
    return page && { ...page, items: calledAs(since, page.items) };
  }

  /** Who wrote these lines is called, or seen, otherwise from now on. */
  #call(author: Person): void {
    const now = new Map([[author.id, author]]);
    for (const since of this.#underWay) since.set(author.id, author);
    [this.items, this.held] = [calledAs(now, this.items), calledAs(now, this.held)];
  }

  #merge(item: FeedItem): void {
    const known = this.items.find((one) => same(one, item));
    if (known && known.version > item.version) return;
    const others = this.items.filter((one) => !same(one, item));
    this.items = [...others, item]
      .sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0))
      .slice(0, KEPT);
  }

  #stopped(): void {
    this.socket.tell({ type: 'feed', area: null, kinds: [] });
    this.state = 'idle';
  }
}

function calledAs(now: ReadonlyMap<string, Person>, items: readonly FeedItem[]): FeedItem[] {
  return items.map((item) => ({ ...item, author: now.get(item.author.id) ?? item.author }));
}

const same = (a: FeedItem, b: FeedItem) => a.kind === b.kind && a.id === b.id;
