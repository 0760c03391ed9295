/**
 * The live side of this page: one socket, and the stores it keeps true.
 *
 * Panels import what they need from here. Order matters a little: on `welcome`, the inbox and the
 * outgoing messages learn who one is before the conversations are opened again.
 */
import { api } from '../api/client';
import type { DialogOpened } from '../api/types';
import type { Message } from '../protocol';
import { Connection } from './connection.svelte';
import { Conversations } from './conversations';
import { FeedStore } from './feed.svelte';
import { Inbox } from './inbox.svelte';
import { Outgoing } from './outgoing.svelte';
import { PinStore } from './pins.svelte';
import { PurseStore } from './purse.svelte';
import { LiveSocket } from './socket';

export const socket = new LiveSocket();
export const connection = new Connection(socket);
export const pins = new PinStore(socket, api);
export const inbox = new Inbox(socket, api);
export const purse = new PurseStore(socket, api);
export const outgoing = new Outgoing(
  socket,
  localStorage,
  async (listing) => (await api.put<DialogOpened>(`/api/listings/${listing}/dialog`)).conversation,
  ({ conversation, id, text }) =>
    api.post<Message>(`/api/conversations/${conversation}/messages`, { id, text }),
);
export const conversations = new Conversations(socket, api, outgoing);
export const feed = new FeedStore(socket, api);

export { firstTo } from './outgoing.svelte';
export type { Draft } from './outgoing.svelte';
export type { OpenConversation } from './conversation.svelte';
export type { Near } from './pins.svelte';
