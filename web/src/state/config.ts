/** What the server told with the page: the town, the base map, what is switched on. */
import type { SiteConfig } from '../api/types';

/**
 * The site's configuration, from the page itself; the development server's page has none, and asks.
 */
export async function loadConfig(): Promise<SiteConfig> {
  const inlined = document.getElementById('config')?.textContent;
  if (inlined) return JSON.parse(inlined) as SiteConfig;
  const answer = await fetch('/api/config');
  return (await answer.json()) as SiteConfig;
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
