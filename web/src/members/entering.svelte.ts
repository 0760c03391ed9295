/**
 * Leaving the doors: as soon as somebody is signed in, by whatever tab, this page goes on with what was
 * interrupted. Who walks away from a door instead no longer wants it done.
 */
import { onMount } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';
import { toasts } from '../design/toasts.svelte';
import { t } from '../i18n/index.svelte';
import { paths, route } from '../state/route.svelte';
import { session } from '../state/session.svelte';
import { awaitedMail, awaitMail, keepTypedEmail } from './awaited';
import { forgetJoining } from './joining';

const DOORS: readonly string[] = [paths.signin, paths.join, '/bienvenue'];

const watchSight = createSubscriber((update) => {
  document.addEventListener('visibilitychange', update);
  return () => document.removeEventListener('visibilitychange', update);
});

/** This tab is in sight. Reactive. */
function inSight(): boolean {
  watchSight();
  return document.visibilityState === 'visible';
}

/**
 * Leave this door when somebody is signed in and looks at this tab: for what was interrupted, or else for
 * where one came from. Call while a component is made.
 *
 * A tab in the background waits: the one that the mail's link opened has gone on by then.
 */
export function leaveWhenSignedIn(): void {
  const known = session.member !== null;
  let left = false;
  $effect(() => {
    if (left || !session.member || !inSight()) return;
    left = true;
    if (!known) greet(session.member.name);
    if (!session.interrupted && route.depth > 0) route.back();
    else session.leave();
  });
  onMount(() => () => {
    // Not `route.path`: while a component goes away, Svelte gives states as they were before.
    const waits = DOORS.includes(location.pathname) || awaitedMail() !== null;
    if (!left && !waits) session.forgetInterrupted();
  });
}

/** Say hello; the doors forget what was typed there. */
export function greet(name: string): void {
  forgetDoors();
  toasts.say(t('members.welcome_back', { name }));
}

/** Somebody has come in: what was typed at the doors, and the mail one waited for, are over. */
export function forgetDoors(): void {
  awaitMail(null);
  keepTypedEmail('');
  forgetJoining();
}
