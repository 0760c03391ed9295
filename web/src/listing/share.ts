/** Passing a page on: by the phone's own way, else its public address is copied. */
import { toasts } from '../design/toasts.svelte';
import { t } from '../i18n/index.svelte';

/** Share the page called `title` at `path`; what cannot be copied is shown. */
export async function share(title: string, path: string): Promise<void> {
  const url = location.origin + path;
  if (typeof navigator.share === 'function' && matchMedia('(pointer: coarse)').matches) {
    await navigator.share({ title, url }).catch(() => undefined);
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
    toasts.say(t('listing.link_copied'));
  } catch {
    toasts.say(url);
  }
}
