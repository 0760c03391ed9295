/**
 * The conversations that are open on this page, and what reaches each of them.
 *
 * Several panels may hold the same one; it is left when the last lets go. Whenever the line is back,
 * each is opened again from its cursor.
 */
import type { Api } from '../api/client';
import { OpenConversation } from './conversation.svelte';
import type { Outgoing } from './outgoing.svelte';
import type { LiveSocket } from './socket';

type Held = { conversation: OpenConversation; holders: number };

export class Conversations {
  #open = new Map<string, Held>();
  #member: string | null | undefined;

  constructor(
    private readonly socket: LiveSocket,
    private readonly api: Pick<Api, 'get' | 'patch' | 'del'>,
    private readonly outgoing: Outgoing,
  ) {
    outgoing.onsent = (message) => this.#of(message.conversation)?.take(message);
    socket.on('welcome', (event) => this.#welcome(event.member?.id ?? null));
    socket.on('resync', (event) => setTimeout(() => this.reopen(), Math.random() * event.within_ms));
    socket.on('opened', (event) => this.#of(event.conversation)?.opened(event));
    socket.on('message', (event) => this.#of(event.message.conversation)?.take(event.message));
    socket.on('typing', (event) => this.#of(event.conversation)?.typingSeen(event.member));
    socket.on('read', (event) => this.#of(event.conversation)?.readSeen(event.member, event.seq));
    socket.on('presence', (event) => this.#of(event.conversation)?.presenceSeen(event.member, event.here));
    socket.on('listing', (event) => {
      for (const one of this.#under(event.listing.id, event.listing.thread)) one.listingSeen(event.listing);
    });
    socket.on('listing_gone', (event) => {
      for (const one of this.#under(event.id)) one.listingGone();
    });
  }

  /**
   * Hold conversation `id` of `listing` open; call `release` once when done with it.
   * The same object is returned however often it is asked for.
   */
  hold(id: string, listing: string): OpenConversation {
    const held = this.#open.get(id);
    if (held) {
      held.holders += 1;
      return held.conversation;
    }
    const conversation = new OpenConversation(id, listing, this.socket, this.api, this.outgoing);
    this.#open.set(id, { conversation, holders: 1 });
    if (this.socket.state === 'online') void conversation.open();
    return conversation;
  }

  /** Let go of a conversation that was held. */
  release(id: string): void {
    const held = this.#open.get(id);
    if (!held || --held.holders > 0) return;
    this.#open.delete(id);
    held.conversation.forget();
    this.socket.tell({ type: 'close', conversation: id });
  }

  /** Ask for all that changed in those that are open. */
  reopen(): void {
    for (const { conversation } of this.#open.values()) void conversation.open();
  }

  /** Look by REST into all that are open, while the socket is away. */
  detour(): void {
    for (const { conversation } of this.#open.values()) void conversation.fetch();
  }

  #of(id: string): OpenConversation | undefined {
    return this.#open.get(id)?.conversation;
  }

  #under(listing: string, thread?: string): OpenConversation[] {
    return [...this.#open.values()]
      .map((held) => held.conversation)
      .filter((one) => one.listing_id === listing || one.id === thread);
  }

  #welcome(member: string | null): void {
    // Another reader may see less: nothing of the last one's stays.
    const another = this.#member !== undefined && this.#member !== member;
    this.#member = member;
    if (another) for (const { conversation } of this.#open.values()) conversation.forget();
    this.reopen();
  }
}
