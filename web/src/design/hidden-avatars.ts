/**
 * The avatars that moderators have hidden while this page was open, by name: no face shows them any more,
 * whatever on the page still names them.
 */
import { SvelteSet } from 'svelte/reactivity';

export const hiddenAvatars = new SvelteSet<string>();
