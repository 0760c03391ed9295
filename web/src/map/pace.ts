/** Doing something often asked for only so often: at once, and then with the latest wish. */

/** Call `act` with what is wished, at most every `pause_ms`; what comes in between is replaced by what comes later. */
export function paced<T>(pause_ms: number, act: (wish: T) => void): { (wish: T): void; cancel(): void } {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function run(wish: T): void {
    last = performance.now();
    act(wish);
  }

  function ask(wish: T): void {
    clearTimeout(timer);
    const wait = last + pause_ms - performance.now();
    if (wait <= 0) run(wish);
    else timer = setTimeout(() => run(wish), wait);
  }

  ask.cancel = () => clearTimeout(timer);
  return ask;
}
