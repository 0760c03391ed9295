/** The conversations one takes part in and what is unread in them, on all one's screens alike. */
import type { Api } from '../api/client';
import type { Conversation } from '../protocol';
import type { LiveSocket } from './socket';

type InboxBody = { conversations: Conversation[]; unread: number };

export class Inbox {
  /** The last active first. Empty for who is not signed in. */
  conversations = $state.raw<readonly Conversation[]>([]);
  /** It has been fetched since signing in. */
  known = $state(false);
  /** Fetching failed and it was never known: show a way to try again (`refresh`). */
  failed = $state(false);
  /** How many messages are unread, over all conversations. */
  unread = $derived(this.conversations.reduce((sum, one) => sum + one.unread, 0));
  /** The listings under which something is unread: their cards and pins show a dot. */
  unreadListings: ReadonlySet<string> = $derived(
    new Set(this.conversations.filter((one) => one.unread > 0).map((one) => one.listing.id)),
  );
  /** Called when a conversation has more unread than before. */
  onnews: ((conversation: Conversation) => void) | undefined;
  #member: string | undefined;

  constructor(
    socket: LiveSocket,
    private readonly api: Pick<Api, 'get'>,
  ) {
    socket.on('welcome', (event) => this.identify(event.member?.id, true));
    socket.on('resync', (event) => setTimeout(() => void this.refresh(), Math.random() * event.within_ms));
    socket.on('activity', (event) => this.#put(event.conversation));
  }

  /** Whose inbox it is from now on; `again` fetches it even if it is the same member's. */
  identify(member: string | undefined, again = false): void {
    if (this.#member === member && !again) return;
    if (this.#member !== member) [this.conversations, this.known] = [[], false];
    this.#member = member;
    if (member) void this.refresh();
  }

  /** Fetch it anew. */
  async refresh(): Promise<void> {
    const member = this.#member;
    if (!member) return;
    const body = await this.api.get<InboxBody>('/api/inbox').catch(() => undefined);
    if (member !== this.#member) return;
    this.failed = !body && !this.known;
    if (!body) return;
    // What came by the socket meanwhile may be newer than the answer.
    const newer = this.conversations.filter((ours) => isNewer(ours, body.conversations));
    this.conversations = sorted([
      ...replaced(body.conversations, newer),
      ...missing(body.conversations, newer),
    ]);
    this.known = true;
  }

  /** How many messages of `conversation` are unread. */
  unreadOf(conversation: string): number {
    return this.conversations.find((one) => one.id === conversation)?.unread ?? 0;
  }

  /** The first conversation with something unread, the oldest news first. */
  nextUnread(): Conversation | undefined {
    return this.conversations.findLast((one) => one.unread > 0);
  }

  /** News may overtake each other between processes: what is late is no news. */
  #put(conversation: Conversation): void {
    const known = this.conversations.find((one) => one.id === conversation.id);
    if (known && known.version > conversation.version) return;
    const before = known?.unread ?? 0;
    const others = this.conversations.filter((one) => one.id !== conversation.id);
    this.conversations = sorted([conversation, ...others]);
    if (conversation.unread > before) this.onnews?.(conversation);
  }
}

const sorted = (all: readonly Conversation[]) =>
  [...all].sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : 0));

const isNewer = (ours: Conversation, theirs: readonly Conversation[]) =>
  theirs.every((one) => one.id !== ours.id || one.version < ours.version);

const replaced = (theirs: readonly Conversation[], newer: readonly Conversation[]) =>
  theirs.map((one) => newer.find((ours) => ours.id === one.id) ?? one);

const missing = (theirs: readonly Conversation[], newer: readonly Conversation[]) =>
  newer.filter((ours) => !theirs.some((one) => one.id === ours.id));
