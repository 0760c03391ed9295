/** Which panel belongs to which address: each is fetched when it is first opened. */
import type { Component } from 'svelte';
import type { Route } from '../state/route.svelte';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each has its own props, given by `propsOf`
export type Panel = Component<any>;
type Load = () => Promise<{ default: Panel }>;

const loaders: Readonly<Record<Exclude<Route['name'], 'home'>, Load>> = {
  listing: () => import('./OpenListing.svelte'),
  edit: () => import('./OpenEditor.svelte'),
  publish: () => import('./OpenEditor.svelte'),
  task: () => import('./OpenEditor.svelte'),
  team: () => import('../projects/Joining.svelte'),
  own: () => import('../publish/OwnListings.svelte'),
  inbox: () => import('../conversation/Inbox.svelte'),
  conversation: () => import('./OpenConversation.svelte'),
  moderation: () => import('../moderation/ModerationPanel.svelte'),
  profile: () => import('../members/Profile.svelte'),
  signin: () => import('../members/SignIn.svelte'),
  join: () => import('../members/Join.svelte'),
  welcome: () => import('../members/Welcome.svelte'),
  help: () => import('./Help.svelte'),
  smiles: () => import('../purse/PursePanel.svelte'),
  books: () => import('../purse/BooksPanel.svelte'),
  member: () => import('./OpenMember.svelte'),
  unknown: () => import('./NotFound.svelte'),
};

/** How to fetch the panel of `route`; undefined for the list, which is always there. */
export function loader(route: Route): Load | undefined {
  return route.name === 'home' ? undefined : loaders[route.name];
}

/** What the panel of `route` is given: what its address names. */
export function propsOf(route: Route): Record<string, string | null> {
  switch (route.name) {
    case 'edit':
      return { listing: route.id };
    case 'listing':
    case 'conversation':
    case 'member':
      return { id: route.id };
    case 'task':
      return { project: route.id };
    case 'team':
      return { id: route.id, code: route.code };
    case 'moderation':
      return { tab: route.tab, dispute: route.dispute };
    case 'welcome':
      return { token: route.token };
    default:
      return {};
  }
}
