/** What is to be said about a listing's standing, above its text: for whom it matters, in one sentence. */
import { t } from '../i18n/index.svelte';
import type { Listing } from '../protocol';

export interface Standing {
  tone: 'neutral' | 'good' | 'danger';
  text: string;
}

/** Who looks: its author, a moderator, or anybody else. */
export type Looker = 'author' | 'moderator' | 'other';

/** The sentence about `listing`, or null: that it is open goes without saying, that it is in progress a badge says. */
export function standing(listing: Listing, looker: Looker, hiddenReason: string | null): Standing | null {
  if (listing.hidden) return { tone: 'danger', text: hiddenText(looker, hiddenReason) };
  if (listing.state === 'done') return { tone: 'good', text: t('listing.state_done') };
  if (listing.state === 'expired')
    return {
      tone: 'neutral',
      text: looker === 'author' ? t('listing.state_expired_own') : t('listing.state_expired'),
    };
  return null;
}

function hiddenText(looker: Looker, reason: string | null): string {
  const text = looker === 'author' ? t('listing.state_hidden_own') : t('listing.state_hidden_moderator');
  return reason ? `${text} ${t('listing.hidden_why', { reason })}` : text;
}
