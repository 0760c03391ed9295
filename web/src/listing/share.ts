/** Passing a listing on: by the phone's own way, else its public address is copied. */
import { toasts } from '../design/toasts.svelte';
import { t } from '../i18n/index.svelte';
import type { Listing } from '../protocol';
import { paths } from '../state/route.svelte';

/** Share `listing`; what cannot be copied is shown. */
export async function share(listing: Listing): Promise<void> {
  const url = location.origin + paths.listing(listing.id);
  if (typeof navigator.share === 'function' && matchMedia('(pointer: coarse)').matches) {
    await navigator.share({ title: listing.title, url }).catch(() => undefined);
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
    toasts.say(t('listing.link_copied'));
  } catch {
    toasts.say(url);
  }
}
