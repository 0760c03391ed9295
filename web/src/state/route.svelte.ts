/**
 * What is open, as the address says it, and the way back.
 *
 * The path names the panel; the query holds the map's view, the layers and the scale, never where the
 * avatar is. Going back follows the browser's history as long as it is ours, and leads home otherwise.
 */

export type ModerationTab = 'feed' | 'disputes' | 'audit';

export type Route =
  | { name: 'home' }
  | { name: 'listing'; id: string }
  | { name: 'edit'; id: string }
  | { name: 'inbox' }
  | { name: 'conversation'; id: string }
  | { name: 'moderation'; tab: ModerationTab; dispute: string | null }
  | { name: 'profile' }
  | { name: 'welcome'; token: string }
  | { name: 'publish' }
  | { name: 'own' }
  | { name: 'signin' }
  | { name: 'join' }
  | { name: 'help' }
  | { name: 'smiles' }
  | { name: 'books' }
  | { name: 'member'; id: string }
  | { name: 'task'; id: string }
  | { name: 'team'; id: string; code: string }
  | { name: 'unknown' };

const ID = '([0-9a-f-]{36})';
const PLAIN: Readonly<Record<string, Route>> = {
  '/': { name: 'home' },
  '/messages': { name: 'inbox' },
  '/moderation': { name: 'moderation', tab: 'feed', dispute: null },
  '/moderation/litiges': { name: 'moderation', tab: 'disputes', dispute: null },
  '/moderation/journal': { name: 'moderation', tab: 'audit', dispute: null },
  '/profil': { name: 'profile' },
  '/publier': { name: 'publish' },
  '/mes-annonces': { name: 'own' },
  '/connexion': { name: 'signin' },
  '/rejoindre': { name: 'join' },
  '/aide': { name: 'help' },
  '/smiles': { name: 'smiles' },
  '/livres-ouverts': { name: 'books' },
};

/** The paths of the panels, so that nobody writes one by hand. */
export const paths = {
  home: '/',
  listing: (id: string) => `/annonces/${id}`,
  edit: (id: string) => `/annonces/${id}/modifier`,
  inbox: '/messages',
  conversation: (id: string) => `/messages/${id}`,
  moderation: '/moderation',
  disputes: '/moderation/litiges',
  dispute: (exchange: string) => `/moderation/litiges/${exchange}`,
  audit: '/moderation/journal',
  profile: '/profil',
  publish: '/publier',
  own: '/mes-annonces',
  signin: '/connexion',
  join: '/rejoindre',
  help: '/aide',
  smiles: '/smiles',
  books: '/livres-ouverts',
  member: (id: string) => `/membres/${id}`,
  task: (project: string) => `/projets/${project}/tache`,
  team: (project: string) => `/projets/${project}/equipe`,
} as const;

/** What an address of ours may ask for: the map's view, and what is taken out of it when it has been read. */
const ASKED: readonly string[] = ['lon', 'lat', 'z', 'layers', 'scale', 'achat', 'invitation'];

/** What `search` asks for of that. Whatever else a link brought (`?next=`, the mark of a newsletter) ends here. */
export function askedFor(search: string): URLSearchParams {
  return new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => ASKED.includes(name)));
}

/** The route that `path` names; `hash` holds the token of a link that came by mail, or the code of a team. */
export function parse(path: string, hash = ''): Route {
  const plain = PLAIN[path.length > 1 ? path.replace(/\/$/, '') : path];
  if (plain) return plain;
  if (path === '/bienvenue') return { name: 'welcome', token: hash.replace(/^#/, '') };
  const [, listing, edit] = path.match(new RegExp(`^/annonces/${ID}(/modifier)?$`)) ?? [];
  if (listing) return { name: edit ? 'edit' : 'listing', id: listing };
  const [, conversation] = path.match(new RegExp(`^/messages/${ID}$`)) ?? [];
  if (conversation) return { name: 'conversation', id: conversation };
  const [, dispute] = path.match(new RegExp(`^/moderation/litiges/${ID}$`)) ?? [];
  if (dispute) return { name: 'moderation', tab: 'disputes', dispute };
  const [, member] = path.match(new RegExp(`^/membres/${ID}$`)) ?? [];
  if (member) return { name: 'member', id: member };
  const [, project, what] = path.match(new RegExp(`^/projets/${ID}/(tache|equipe)$`)) ?? [];
  if (project && what === 'tache') return { name: 'task', id: project };
  if (project) return { name: 'team', id: project, code: hash.replace(/^#/, '') };
  return { name: 'unknown' };
}

class Router {
  current = $state.raw<Route>(parse(location.pathname, location.hash));
  /** The path alone, without query. */
  path = $state(location.pathname);
  #query = askedFor(location.search);

  constructor() {
    // A token must not stay in the address bar, the history or a shared link.
    const token = this.current.name === 'welcome' || this.current.name === 'team';
    history.replaceState(history.state, '', this.href(location.pathname) + (token ? '' : location.hash));
    window.addEventListener('popstate', () => this.#read());
  }

  /** Open `path` (of `paths`); `replace` takes the place of what is open, in the history too. */
  go(path: string, options: { replace?: boolean } = {}): void {
    if (path === this.path && !options.replace) return;
    const depth = options.replace ? this.depth : this.depth + 1;
    if (options.replace) history.replaceState({ depth }, '', this.href(path));
    else history.pushState({ depth }, '', this.href(path));
    this.#read();
  }

  /** Close what is open: back to what was before, or home when the visit began here. */
  back(): void {
    if (this.depth > 0) history.back();
    else this.go(paths.home, { replace: true });
  }

  /** `path` with the present query, for links. */
  href(path: string): string {
    const query = this.#query.toString().replaceAll('%2C', ',');
    return query ? `${path}?${query}` : path;
  }

  /** How many of our own pages lie behind this one. */
  get depth(): number {
    return (history.state as { depth?: number } | null)?.depth ?? 0;
  }

  /** The value of `name` in the query the page was opened with or that was set since. */
  query(name: string): string | null {
    return this.#query.get(name);
  }

  /** Change the query in place (null removes): no step in the history. */
  setQuery(changes: Readonly<Record<string, string | null>>): void {
    for (const [name, value] of Object.entries(changes))
      if (value === null) this.#query.delete(name);
      else this.#query.set(name, value);
    history.replaceState(history.state, '', this.href(location.pathname));
  }

  #read(): void {
    this.path = location.pathname;
    this.current = parse(location.pathname, location.hash);
  }
}

export const route = new Router();
