/** Links inside the app open without a page load; with a modifier, or to elsewhere, as ever. */
import { route } from '../state/route.svelte';

const SERVED_BY_THE_SERVER = [
  '/api',
  '/feeds/',
  '/embed',
  '/dev/',
  '/health',
  '/metrics',
  '/status',
  '/assets/',
  '/tiles/',
];

/** Open the app's own link that was clicked, if it was one. */
export function followed(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (SERVED_BY_THE_SERVER.some((path) => link.pathname.startsWith(path))) return;
  event.preventDefault();
  if (link.pathname === '/' && route.current.name !== 'home' && route.depth === 1) route.back();
  else route.go(link.pathname);
}
