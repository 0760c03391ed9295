/**
 * Where a conversation scrolls to when something comes: to the end for whoever is at the end, nowhere for
 * whoever reads further up. Nothing jumps when older messages are put above.
 */
/** This near to the end counts as at the end: the height of a short line and its margin. */
export const END_SLACK_PX = 40;

/** This near to the top, older messages are asked for. */
export const TOP_SLACK_PX = 240;

/** The scrolled box: how far it is scrolled, how much of it shows, how much there is. */
export interface Extent {
  top: number;
  shown: number;
  whole: number;
}

/** The extent of an element. */
export function extentOf(box: HTMLElement): Extent {
  return { top: box.scrollTop, shown: box.clientHeight, whole: box.scrollHeight };
}

/** Whether the end is in sight. */
export function atEnd({ top, shown, whole }: Extent): boolean {
  return whole - shown - top <= END_SLACK_PX;
}

/** Whether the beginning comes near, so that older messages should be fetched. */
export function nearTop({ top }: Extent): boolean {
  return top <= TOP_SLACK_PX;
}

/** An element that stays where it is on the screen while the list around it changes. */
export interface Anchor {
  element: HTMLElement;
  offset: number;
}

/** The first row that shows, with its distance from the upper edge; null in an empty list. */
export function anchorIn(box: HTMLElement, rows: Iterable<Element>): Anchor | null {
  const edge = box.getBoundingClientRect().top;
  for (const row of rows) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return { element: row as HTMLElement, offset: top - edge };
  }
  return null;
}

/** How far to scroll so that `anchor` stands where it stood; 0 if it is gone. */
export function driftOf(box: HTMLElement, anchor: Anchor): number {
  if (!anchor.element.isConnected) return 0;
  return anchor.element.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.offset;
}
