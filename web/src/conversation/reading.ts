/**
 * How far one has read: only what was on the screen, of a page that was looked at.
 */
/** The page, as far as reading goes. */
export interface Attention {
  visible: boolean;
  focused: boolean;
}

/** The attention that this page has now. */
export function attention(page: Document): Attention {
  return { visible: page.visibilityState === 'visible', focused: page.hasFocus() };
}

/** A message on the screen: its place in the conversation and its lower edge. */
export interface Seen {
  seq: number;
  bottom: number;
}

/**
 * The greatest `seq` whose lower edge is above `edge` (a message taller than the screen counts once its
 * end shows), or null if nothing may be counted as read.
 */
export function readUpTo(
  shown: readonly Seen[],
  edge: number,
  { visible, focused }: Attention,
): number | null {
  if (!visible || !focused) return null;
  const inSight = shown.filter((seen) => seen.bottom <= edge + 1).map((seen) => seen.seq);
  return inSight.length === 0 ? null : Math.max(...inSight);
}
