/**
 * One conversation as this page has it, kept true by counting.
 *
 * `cursor` says: I have every change up to here. An event that is the next one moves it by one; one that
 * has overtaken another is shown but does not move it, and if the missing one has not come shortly, it is
 * asked for by `open` with the cursor. So nothing is lost, doubled or out of order, whatever the line did.
 */
import type { Api } from '../api/client';
import { TYPING_REPEAT_SECONDS, TYPING_SECONDS } from '../protocol';
import type { Listing, Message, Opened, Person } from '../protocol';
import type { Outgoing } from './outgoing.svelte';
import { Refusal } from './questions';
import type { LiveSocket } from './socket';

/** How long an overtaken change may take before it counts as missing. */
const GAP_MS = 400;
const PAGE = 50;

export type ConversationState = 'loading' | 'ready' | 'refused' | 'gone';
type Page = { messages: Message[]; earlier: boolean };

export class OpenConversation {
  /** The messages this page has, in their order; what is on its way out is in `drafts`. */
  messages = $state.raw<readonly Message[]>([]);
  state = $state<ConversationState>('loading');
  /** Why it could not be opened, in the reader's language. */
  reason = $state('');
  /** Older messages exist and can be had by `loadEarlier`. */
  earlier = $state(false);
  loadingEarlier = $state(false);
  /** How far each other participant of a dialog has read, by member id. */
  reads = $state.raw<Readonly<Record<string, number>>>({});
  /** Who has it open now, oneself excepted where known. */
  present = $state.raw<readonly Person[]>([]);
  /** Who is typing now. */
  typing = $state.raw<readonly Person[]>([]);
  /** The listing above, when it changed while this was open. */
  listing = $state.raw<Listing | undefined>(undefined);
  /** The version of the listing above that the server last told of. */
  listingVersion = $state(0);
  /** Everything up to this change is here. */
  cursor = $state(-1);
  /** What one has posted that is not acknowledged yet, in order. */
  drafts = $derived.by(() =>
    this.outgoing.of(this.id).filter((draft) => !this.messages.some((message) => message.id === draft.id)),
  );
  /** The place of the newest message; to be given to `markRead`. */
  lastSeq = $derived(this.messages.at(-1)?.seq ?? 0);

  #byId = new Map<string, Message>();
  #ahead = new Set<number>();
  /** What came live since `open` was last asked: its answer may have been read before them. */
  #sinceAsked: Message[] = [];
  #gap: ReturnType<typeof setTimeout> | undefined;
  #typingUntil = new Map<string, ReturnType<typeof setTimeout>>();
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
      // Whatever is older than the oldest one shown is let in by this page.
      this.earlier = false;
      for (const message of page.messages) this.#keep(message);
      this.earlier = page.earlier;
      this.#publish();
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
    if (event.reset) this.#forgetMessages();
    for (const message of event.messages) this.#keep(message);
    if (event.reset) [this.cursor, this.earlier] = [event.cursor, event.earlier];
    else this.cursor = Math.max(this.cursor, event.cursor);
    for (const message of this.#sinceAsked.splice(0)) this.#count(message);
    this.#catchUp();
    this.reads = { ...event.reads };
    this.present = event.present;
    this.listingVersion = Math.max(this.listingVersion, event.listing_version);
    this.state = 'ready';
    this.#publish();
  }

  /** Take a message that the server told of, by whichever way. */
  take(message: Message): void {
    this.outgoing.acknowledge(message);
    this.#forgetTyping(message.author.id);
    this.#sinceAsked.push(message);
    // Before the first answer there is nothing to count from.
    if (this.cursor < 0) return;
    this.#count(message);
    this.#catchUp();
    this.#publish();
  }

  typingSeen(member: Person): void {
    this.#forgetTyping(member.id);
    this.typing = [...this.typing, member];
    this.#typingUntil.set(
      member.id,
      setTimeout(() => this.#forgetTyping(member.id), TYPING_SECONDS * 1000),
    );
  }

  readSeen(member: string, seq: number): void {
    this.reads = { ...this.reads, [member]: Math.max(seq, this.reads[member] ?? 0) };
  }

  presenceSeen(member: Person, here: boolean): void {
    const others = this.present.filter((person) => person.id !== member.id);
    this.present = here ? [...others, member] : others;
    if (!here) this.#forgetTyping(member.id);
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
    for (const timer of this.#typingUntil.values()) clearTimeout(timer);
    this.#typingUntil.clear();
    this.#forgetMessages();
    [this.typing, this.present, this.reads, this.listing, this.#readSent] = [[], [], {}, undefined, 0];
    this.#publish();
  }

  #forgetMessages(): void {
    this.#byId.clear();
    this.#ahead.clear();
    [this.cursor, this.earlier, this.messages] = [-1, false, []];
  }

  /** Take one change; at or below the cursor it is here already, or older than the page shown. */
  #count(message: Message): void {
    if (message.change <= this.cursor) return;
    this.#keep(message);
    this.#ahead.add(message.change);
  }

  /** Keep the newer of two states of a message: an edit may overtake the post, a deletion the edit. */
  #keep(message: Message): void {
    this.outgoing.acknowledge(message);
    const known = this.#byId.get(message.id);
    if (!known && this.#isBeforeThePage(message)) return;
    if (message.change >= (known?.change ?? -1)) this.#byId.set(message.id, message);
  }

  /** An edit of a message from before what is shown; kept, it would stand there with a gap after it. */
  #isBeforeThePage(message: Message): boolean {
    const oldest = this.messages[0]?.seq;
    return this.earlier && oldest !== undefined && message.seq < oldest;
  }

  /** Move the cursor over every change that is here without a gap; ask for what stays missing. */
  #catchUp(): void {
    while (this.#ahead.delete(this.cursor + 1)) this.cursor += 1;
    for (const change of this.#ahead) if (change <= this.cursor) this.#ahead.delete(change);
    if (this.#ahead.size === 0) {
      clearTimeout(this.#gap);
      this.#gap = undefined;
    } else this.#gap ??= setTimeout(() => void this.open(), GAP_MS);
  }

  #publish(): void {
    this.messages = [...this.#byId.values()].sort((a, b) => a.seq - b.seq);
  }

  #forgetTyping(member: string): void {
    clearTimeout(this.#typingUntil.get(member));
    this.#typingUntil.delete(member);
    if (this.typing.some((person) => person.id === member))
      this.typing = this.typing.filter((person) => person.id !== member);
  }

  #refused(refusal: Refusal): void {
    this.reason = refusal.title;
    this.state = 'refused';
  }
}
