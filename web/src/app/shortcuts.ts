/** Keys that work everywhere: `?` help, `/` search, `n` next unread, `r` reply, Esc back. */
import { inbox } from '../live';
import { preferences } from '../state/preferences.svelte';
import { paths, route } from '../state/route.svelte';
import { sheet } from '../state/sheet.svelte';

/** The id of the search field in the shell. */
export const SEARCH_ID = 'search';

const single: Readonly<Record<string, () => void>> = {
  '?': () => route.go(paths.help),
  '/': () => document.getElementById(SEARCH_ID)?.focus(),
  n: () => {
    const next = inbox.nextUnread();
    if (next) route.go(paths.conversation(next.id));
  },
  r: () => document.querySelector<HTMLElement>('[data-composer]')?.focus(),
};

/** What a key pressed anywhere on the page does, unless what has the focus used it. */
export function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'Escape') return back();
  if (!preferences.singleKeys || writes(event.target)) return;
  const act = single[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function back(): void {
  if (document.querySelector('dialog[open], :popover-open')) return;
  if (route.current.name !== 'home') route.back();
  else sheet.smaller();
}

function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=radio], [type=checkbox]), textarea, select'))
  );
}
