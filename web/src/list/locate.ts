/** Where this device is, asked for only when the reader clicks. */
import { toasts } from '../design/toasts.svelte';
import { t } from '../i18n/index.svelte';
import { viewpoint } from '../state/viewpoint.svelte';

const PATIENCE_MS = 15_000;
/** A position of a minute ago is as good as one of now, and comes at once. */
const OLD_ENOUGH_MS = 60_000;

/** Put the avatar where the device is. Resolves when done or explained. */
export function locate(): Promise<void> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) {
      toasts.say(t('list.locate_failed'));
      return resolve();
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        viewpoint.goTo({ lon: coords.longitude, lat: coords.latitude });
        resolve();
      },
      (failure) => {
        const denied = failure.code === failure.PERMISSION_DENIED;
        toasts.say(t(denied ? 'list.locate_denied' : 'list.locate_failed'));
        resolve();
      },
      { timeout: PATIENCE_MS, maximumAge: OLD_ENOUGH_MS },
    );
  });
}
