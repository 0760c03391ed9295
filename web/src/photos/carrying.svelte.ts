/**
 * Carrying a row of a list to another place with the mouse or a finger. It changes places with each row whose
 * middle it passes; Esc puts it back. (By keyboard a row has buttons.)
 */
export class Carrying<T> {
  carried = $state.raw<T | null>(null);

  constructor(private readonly move: (one: T, to: number) => void) {}

  /** `event` is a pointer that went down on `one`, a child of `list`; `at` says where it is by now. */
  begin(event: PointerEvent, one: T, list: HTMLElement, at: () => number): void {
    if (event.button !== 0) return;
    event.preventDefault();
    const [from, pointer] = [at(), event.pointerId];
    this.carried = one;
    // On the window: the row moves in the page under the pointer.
    const ended = new AbortController();
    const { signal } = ended;
    const end = () => {
      this.carried = null;
      ended.abort();
    };
    window.addEventListener(
      'pointermove',
      ({ pointerId, clientY }) => {
        if (pointerId === pointer) this.move(one, placeOf(clientY, list, at()));
      },
      { signal },
    );
    window.addEventListener('pointerup', end, { signal });
    window.addEventListener('pointercancel', end, { signal });
    window.addEventListener(
      'keydown',
      (pressed) => {
        if (pressed.key !== 'Escape') return;
        pressed.stopPropagation();
        this.move(one, from);
        end();
      },
      { signal, capture: true },
    );
  }
}

/** Where the row at `at` is to be while the pointer is at `y`. */
function placeOf(y: number, list: HTMLElement, at: number): number {
  const middles = [...list.children].map((row) => {
    const { top, height } = row.getBoundingClientRect();
    return top + height / 2;
  });
  let to = at;
  while (to > 0 && y < (middles[to - 1] as number)) to -= 1;
  while (to === at && to < middles.length - 1 && y > (middles[to + 1] as number)) to += 1;
  return to;
}
