/**
 * One conversation as this page has it: its messages, who is there, who has read what.
 *
 * Kept true by counting (see `History`): a change that stays missing is asked for by `open` with the cursor.
 * So nothing is lost, doubled or out of order, whatever the line did.
 */
import { Problem, type Api } from '../api/client';
import { TYPING_REPEAT_SECONDS } from '../protocol';
import type { Listing, Message, Opened, Person } from '../protocol';
import { History } from './history.svelte';
import type { Outgoing } from './outgoing.svelte';
import { Refusal } from './questions';
import type { LiveSocket } from './socket';
import { Typing } from './typing.svelte';

/** How long an overtaken change may take before it counts as missing. */
const GAP_MS = 400;
const PAGE = 50;

export type ConversationState = 'loading' | 'ready' | 'refused' | 'gone';
type Page = { messages: Message[]; earlier: boolean };

export class OpenConversation {
  state = $state<ConversationState>('loading');
  /** Why it could not be opened, in the reader's language. */
  reason = $state('');
  loadingEarlier = $state(false);
  /** How far each other participant of a dialog has read, by member id. */
  reads = $state.raw<Readonly<Record<string, number>>>({});
  /** Who has it open now, oneself excepted where known. */
  present = $state.raw<readonly Person[]>([]);
  /** The listing above, when it changed while this was open. */
  listing = $state.raw<Listing | undefined>(undefined);
  /** The version of the listing above that the server last told of. */
  listingVersion = $state(0);
  /** How often the messages were begun anew: what was learned from earlier ones is to be asked for again. */
  resets = $state(0);
  /** What one has posted that is not acknowledged yet, in order. */
  drafts = $derived.by(() =>
    this.outgoing.of(this.id).filter((draft) => !this.messages.some((message) => message.id === draft.id)),
  );
  /** The place of the newest message; to be given to `markRead`. */
  lastSeq = $derived(this.messages.at(-1)?.seq ?? 0);

  #history = new History();
  #typing = new Typing();
  /** What came live since `open` was last asked: its answer may have been read before them. */
  #sinceAsked: Message[] = [];
  #gap: ReturnType<typeof setTimeout> | undefined;
  #saidTyping = 0;
  #readSent = 0;

  constructor(
    readonly id: string,
    /** The listing it is under. */
    readonly listing_id: string,
    private readonly socket: LiveSocket,
    private readonly api: Pick<Api, 'get' | 'patch' | 'del'>,
    private readonly outgoing: Outgoing,
  ) {}

  /** The messages this page has, in their order; what is on its way out is in `drafts`. */
  get messages(): readonly Message[] {
    return this.#history.messages;
  }

  /** Older messages exist and can be had by `loadEarlier`. */
  get earlier(): boolean {
    return this.#history.earlier;
  }

  /** Everything up to this change is here. */
  get cursor(): number {
    return this.#history.cursor;
  }

  /** Who is typing now. */
  get typing(): readonly Person[] {
    return this.#typing.people;
  }

  /** Enter, or come back: asks for all that changed since the cursor. */
  async open(): Promise<void> {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    if (this.state === 'refused') this.state = 'loading';
    const cursor = this.cursor < 0 ? null : this.cursor;
    this.#sinceAsked = [];
    try {
      await this.socket.request({ type: 'open', conversation: this.id, cursor });
    } catch (failure) {
      if (failure instanceof Refusal) this.#refused(failure);
      // A lost line needs nothing: the welcome of the next one opens it again.
    }
  }

  /** Look once by REST: for networks that let no socket through. */
  async fetch(): Promise<void> {
    const path = `/api/conversations/${this.id}/messages?limit=${PAGE}`;
    try {
      const page = await this.api.get<Page>(path);
      if (this.socket.state === 'online') return;
      this.#acknowledge(page.messages);
      this.#history.latest(page);
      this.state = 'ready';
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 404) this.#refused(failure);
      // Without an answer there is nothing to show yet; it is tried again.
    }
  }

  /** Post `text`: it shows at once, and leaves as soon as it can. */
  send(text: string): void {
    this.#saidTyping = 0;
    this.outgoing.add(this.id, text);
  }

  retry(draft: string): void {
    this.outgoing.retry(draft);
  }

  discard(draft: string): void {
    this.outgoing.discard(draft);
  }

  /** Word one's own message anew. Rejects with `Problem`. */
  async edit(message: string, text: string): Promise<void> {
    this.take(await this.api.patch<Message>(`/api/messages/${message}`, { text }));
  }

  /** Delete one's own message. Rejects with `Problem`. */
  async remove(message: string): Promise<void> {
    this.take(await this.api.del<Message>(`/api/messages/${message}`));
  }

  /** Fetch the page before the oldest message here. Rejects with `Problem`. */
  async loadEarlier(): Promise<void> {
    const before = this.messages[0]?.seq;
    if (!this.earlier || this.loadingEarlier || before === undefined) return;
    this.loadingEarlier = true;
    try {
      const path = `/api/conversations/${this.id}/messages?before=${before}&limit=${PAGE}`;
      const page = await this.api.get<Page>(path);
      if (this.messages[0]?.seq !== before) return;
      this.#acknowledge(page.messages);
      this.#history.prepend(page);
    } finally {
      this.loadingEarlier = false;
    }
  }

  /** Say that one has read up to `seq`; the same or less is not said again. */
  markRead(seq: number): void {
    if (seq <= this.#readSent) return;
    if (this.socket.tell({ type: 'read', conversation: this.id, seq })) this.#readSent = seq;
  }

  /** Say that one is typing; may be called at every key. */
  sayTyping(): void {
    const now = Date.now();
    if (now - this.#saidTyping < TYPING_REPEAT_SECONDS * 1000) return;
    if (this.socket.tell({ type: 'typing', conversation: this.id })) this.#saidTyping = now;
  }

  /** The answer to `open`. */
  opened(event: Opened): void {
    const history = this.#history;
    this.#acknowledge(event.messages);
    if (event.reset) history.forget();
    for (const message of event.messages) history.keep(message);
    if (event.reset) {
      [history.cursor, history.earlier] = [event.cursor, event.earlier];
      this.resets += 1;
    } else history.cursor = Math.max(history.cursor, event.cursor);
    for (const message of this.#sinceAsked.splice(0)) history.count(message);
    this.#catchUp();
    this.reads = { ...event.reads };
    this.present = event.present;
    this.listingVersion = Math.max(this.listingVersion, event.listing_version);
    this.state = 'ready';
    history.publish();
  }

  /** Take a message that the server told of, by whichever way. */
  take(message: Message): void {
    this.outgoing.acknowledge(message);
    this.#typing.stopped(message.author.id);
    this.#sinceAsked.push(message);
    // Before the first answer there is nothing to count from.
    if (this.cursor < 0) return;
    this.#history.count(message);
    this.#catchUp();
    this.#history.publish();
  }

  typingSeen(member: Person): void {
    this.#typing.seen(member);
  }

  readSeen(member: string, seq: number): void {
    this.reads = { ...this.reads, [member]: Math.max(seq, this.reads[member] ?? 0) };
  }

  presenceSeen(member: Person, here: boolean): void {
    const others = this.present.filter((person) => person.id !== member.id);
    this.present = here ? [...others, member] : others;
    if (!here) this.#typing.stopped(member.id);
  }

  listingSeen(listing: Listing): void {
    if (listing.version < (this.listing?.version ?? 0)) return;
    this.listing = listing;
    this.listingVersion = Math.max(this.listingVersion, listing.version);
  }

  /** The listing above can no longer be read. What was typed stays. */
  listingGone(): void {
    this.state = 'gone';
    this.forget();
  }

  /** Drop everything: another member looks now, or nobody. */
  forget(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    this.#history.forget();
    this.#typing.forget();
    [this.present, this.reads, this.listing, this.#readSent] = [[], {}, undefined, 0];
  }

  /** What stays missing for a while is asked for. */
  #catchUp(): void {
    if (this.#history.catchUp()) {
      clearTimeout(this.#gap);
      this.#gap = undefined;
    } else this.#gap ??= setTimeout(() => void this.open(), GAP_MS);
  }

  #acknowledge(messages: readonly Message[]): void {
    for (const message of messages) this.outgoing.acknowledge(message);
  }

  #refused(refusal: Refusal | Problem): void {
    this.reason = refusal.title;
    this.state = 'refused';
  }
}
