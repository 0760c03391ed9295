/** The minute it is: what says "5 min ago" reads it and says "6 min ago" by itself. One timer for the page. */
import { createSubscriber } from 'svelte/reactivity';

const EVERY_MS = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, EVERY_MS);
  // A page that was hidden had its timers slowed down.
  document.addEventListener('visibilitychange', update);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', update);
  };
});

/** The present in milliseconds since the epoch. Read in a template or an effect, it ticks. */
export function now(): number {
  subscribe();
  return Date.now();
}
