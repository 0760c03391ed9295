/** Which panel belongs to which address: each is fetched when it is first opened. */
import type { Component } from 'svelte';
import type { Route } from '../state/route.svelte';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each panel has its own props, given by `propsOf`
export type Panel = Component<any>;
type Load = () => Promise<{ default: Panel }>;

const found = import.meta.glob<{ default: Panel }>([
  './OpenListing.svelte',
  './OpenConversation.svelte',
  '../conversation/Inbox.svelte',
  '../moderation/ModerationPanel.svelte',
  '../members/Profile.svelte',
  '../members/SignIn.svelte',
  '../members/Join.svelte',
  '../members/Welcome.svelte',
  './OpenEditor.svelte',
  '../publish/OwnListings.svelte',
]);

const files: Partial<Record<Route['name'], string>> = {
  listing: './OpenListing.svelte',
  edit: './OpenEditor.svelte',
  publish: './OpenEditor.svelte',
  own: '../publish/OwnListings.svelte',
  inbox: '../conversation/Inbox.svelte',
  conversation: './OpenConversation.svelte',
  moderation: '../moderation/ModerationPanel.svelte',
  profile: '../members/Profile.svelte',
  signin: '../members/SignIn.svelte',
  join: '../members/Join.svelte',
  welcome: '../members/Welcome.svelte',
};

/** How to fetch the panel of `route`; undefined for the list, which is always there. */
export function loader(route: Route): Load | undefined {
  if (route.name === 'home') return undefined;
  if (route.name === 'help') return () => import('./Help.svelte');
  const file = files[route.name];
  return (file === undefined ? undefined : found[file]) ?? (() => import('./NotFound.svelte'));
}

/** What the panel of `route` is given: the id or token that its address names. */
export function propsOf(route: Route): Record<string, string> {
  const { name, ...props } = route;
  return name === 'edit' ? { listing: (route as { id: string }).id } : (props as Record<string, string>);
}
