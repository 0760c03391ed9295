/** When an event is to be, as its author writes it: what must be right in it, and what the server is told. */
import { momentOf } from '../forms/moments';
import { t } from '../i18n/index.svelte';
import type { ListingForm } from './form';

export interface Dates {
  starts_at: string | null;
  ends_at: string | null;
}

const USUAL_LENGTH_MS = 3 * 60 * 60 * 1000;
/** The server's limit is two years of the calendar. */
const FARTHEST_MS = 2 * 366 * 24 * 60 * 60 * 1000;

/** Whether the form asks when it is: an event must say it, something cultural may, and who said it sees it. */
export function asksWhen({ kind, category, starts, ends }: ListingForm): boolean {
  if (kind !== 'mag') return false;
  const written = [starts.day, starts.time, ends.day, ends.time].some((part) => part !== '');
  return category === 'event' || category === 'culture' || written;
}

/** The dates that `form` says; without an end, an event lasts three hours. */
export function datesOf(form: ListingForm): Dates {
  const starts_at = form.kind === 'mag' ? momentOf(form.starts) : null;
  if (starts_at === null) return { starts_at: null, ends_at: null };
  const usual = new Date(Date.parse(starts_at) + USUAL_LENGTH_MS).toISOString();
  return { starts_at, ends_at: momentOf(form.ends) ?? usual };
}

/** What is wrong with the dates of `form` at `now`, beside the field it is about. */
export function dateFaults(form: ListingForm, now: number): Partial<Record<keyof Dates, string>> {
  if (!asksWhen(form)) return {};
  const { starts, ends } = form;
  const noStart = starts.day === '' && starts.time === '';
  const noEnd = ends.day === '' && ends.time === '';
  if (noStart && noEnd) return form.category === 'event' ? { starts_at: t('publish.check_starts') } : {};
  if (momentOf(starts) === null)
    return { starts_at: t(noStart ? 'publish.check_starts' : 'publish.check_moment') };
  if (!noEnd && momentOf(ends) === null) return { ends_at: t('publish.check_moment') };
  const dates = datesOf(form);
  const [from, to] = [Date.parse(dates.starts_at ?? ''), Date.parse(dates.ends_at ?? '')];
  if (Math.abs(from - now) > FARTHEST_MS) return { starts_at: t('publish.check_far') };
  if (to < from) return { ends_at: t('publish.check_ends_before') };
  if (to <= now) return { [noEnd ? 'starts_at' : 'ends_at']: t('publish.check_over') };
  if (to - now > FARTHEST_MS) return { ends_at: t('publish.check_far') };
  return {};
}

/** Whether both name the same moments, however they are written. */
export function isSameMoment(one: string | null | undefined, other: string | null | undefined): boolean {
  if (!one || !other) return !one && !other;
  return Date.parse(one) === Date.parse(other);
}
