/** What the server told with the page: the town, the base map, what is switched on. */
import type { SiteConfig } from '../api/types';
import type { Pin } from '../protocol';

/**
 * The site's configuration, from the page itself; the development server's page has none, and asks.
 */
export async function loadConfig(): Promise<SiteConfig> {
  const inlined = document.getElementById('config')?.textContent;
  if (inlined) return JSON.parse(inlined) as SiteConfig;
  const answer = await fetch('/api/config');
  return (await answer.json()) as SiteConfig;
}

/** The cards around the town's centre that came with the page; none on the development server's. */
export function firstCards(): readonly Pin[] {
  const inlined = document.getElementById('cards')?.textContent;
  return inlined ? (JSON.parse(inlined) as Pin[]) : [];
}

let known: SiteConfig | undefined;

/** Make `config` the one `site()` returns; called once, before anything is mounted. */
export function setSite(config: SiteConfig): void {
  known = config;
}

/** The site's configuration. It never changes while the page lives. */
export function site(): SiteConfig {
  if (!known) throw new Error('the configuration is not loaded yet');
  return known;
}
