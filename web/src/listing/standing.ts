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
  if (listing.kind === 'mag') return standingOfMag(listing);
  // Its page says how it ended, and what becomes of its smiles.
  if (listing.kind === 'project') return null;
  if (listing.state === 'done') return { tone: 'good', text: t('listing.state_done') };
  if (listing.state === 'expired')
    return {
      tone: 'neutral',
      text: looker === 'author' ? t('listing.state_expired_own') : t('listing.state_expired'),
    };
  return null;
}

function standingOfMag({ state, ends_at }: Listing): Standing | null {
  if (state === 'done') return { tone: 'neutral', text: t('listing.mag_done') };
  // Its dates say of an event that it is over.
  if (state === 'expired' && !ends_at) return { tone: 'neutral', text: t('listing.mag_expired') };
  return null;
}

/** Its state in one word. */
export function stateName({ kind, state, ends_at }: Pick<Listing, 'kind' | 'state' | 'ends_at'>): string {
  if (kind === 'project' && state === 'done') return t('projects.state_over');
  if (kind === 'project' && state === 'expired') return t('projects.state_cancelled');
  if (kind === 'mag' && state === 'done') return t('listing.mag_state_done');
  if (kind === 'mag' && state === 'expired')
    return t(ends_at ? 'listing.mag_state_over' : 'listing.mag_state_expired');
  return t(`common.${state}`);
}

/** What its author is asked before `listing` leaves the map, and told once it has. */
export function closing({ kind, starts_at }: Pick<Listing, 'kind' | 'starts_at'>) {
  if (kind !== 'mag')
    return {
      act: t('listing.close'),
      title: t('listing.close_title'),
      text: t('listing.close_text'),
      done: t('listing.closed'),
    };
  return {
    act: t('listing.close_mag'),
    title: t('listing.close_mag_title'),
    text: t(starts_at ? 'listing.close_event_text' : 'listing.close_mag_text'),
    done: t('listing.closed_mag'),
  };
}

function hiddenText(looker: Looker, reason: string | null): string {
  const text = looker === 'author' ? t('listing.state_hidden_own') : t('listing.state_hidden_moderator');
  return reason ? `${text} ${t('listing.hidden_why', { reason })}` : text;
}
