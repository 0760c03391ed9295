/** What kind of screen this is, and how much of it a phone's keyboard leaves. */
import { MediaQuery } from 'svelte/reactivity';

/** Wide: panel beside the map. Else: map with a sheet over it. */
export const wide = new MediaQuery('(min-width: 48rem)');

/** So wide that two columns stand beside the map. */
export const roomy = new MediaQuery('(min-width: 75rem)');

/** The pointer is a finger: no keyboard may pop up unasked. */
export const touch = new MediaQuery('(pointer: coarse)');

/**
 * Keep `--visible-height` on the root: the height above an on-screen keyboard. Safari lays its keyboard
 * over the page instead of making the page smaller; only the visual viewport knows.
 */
export function followKeyboard(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const measure = () => {
    // A pinch zoom also makes the visual viewport smaller, and must not squeeze the page.
    const height = viewport.scale > 1.01 ? '100dvh' : `${viewport.height}px`;
    document.documentElement.style.setProperty('--visible-height', height);
  };
  viewport.addEventListener('resize', measure);
  measure();
}
