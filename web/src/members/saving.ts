/** Saving one thing of one's account: it says that it is done, or why not. */
import type { MeChange } from '../api/types';
import { toasts } from '../design/toasts.svelte';
import { t } from '../i18n/index.svelte';
import { problemText } from '../i18n/problem';
import { session } from '../state/session.svelte';

/** Save `change` and say `said`; false if the server refused, which is said too. */
export async function saved(
  change: Partial<MeChange>,
  said: string = t('members.profile_saved'),
): Promise<boolean> {
  try {
    await session.change(change);
    toasts.say(said);
    return true;
  } catch (failure) {
    toasts.say(problemText(failure));
    return false;
  }
}
