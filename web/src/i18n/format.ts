/** Distances, moments and counts as the reader's language writes them, by `Intl`. */
import { now as present } from '../state/clock.svelte';
import { language, t } from './index.svelte';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `metres` rounded as one says it: «350 m», «1,2 km», «18 km». */
export function distance(metres: number): string {
  if (metres < 995) return unit(Math.max(10, Math.round(metres / 10) * 10), 'meter', 0);
  const km = metres / 1000;
  return unit(km, 'kilometer', km < 10 ? 1 : 0);
}

function unit(value: number, name: 'meter' | 'kilometer', digits: number): string {
  return new Intl.NumberFormat(language.locale, {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** How far away, as a card says it: «à 350 m». */
export function away(metres: number): string {
  return t('common.away', { distance: distance(metres) });
}

/**
 * How long ago, or in how long, ISO 8601 `moment` is, from `now` in milliseconds since the epoch:
 * «à l'instant», «il y a 5 min», «hier». After a week the date itself.
 */
export function ago(moment: string, now: number = present()): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return t('common.just_now');
  if (size > 7 * DAY) return day(moment, now);
  const [value, name] =
    size < HOUR
      ? ([seconds / MINUTE, 'minute'] as const)
      : size < DAY
        ? ([seconds / HOUR, 'hour'] as const)
        : ([seconds / DAY, 'day'] as const);
  return new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto', style: 'short' }).format(
    Math.trunc(value) || Math.sign(value),
    name,
  );
}

/** The day of `moment`: «12 mars», with the year if it is another one. */
export function day(moment: string, now: number = present()): string {
  return dated(moment, now, { day: 'numeric', month: 'long' });
}

/** `moment` by `parts`, and with its year if that is not the present one. */
export function dated(moment: string, now: number, parts: Intl.DateTimeFormatOptions): string {
  const date = new Date(moment);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return written(date, { ...parts, ...(sameYear ? {} : { year: 'numeric' }) });
}

/** The days from `first` to `last`, another one: «du 5 au 7 décembre», with the year if one is another. */
export function days(first: string, last: string, now: number = present()): string {
  const year = new Date(now).getFullYear();
  const ends = [new Date(first), new Date(last)] as const;
  const other = ends.some((date) => date.getFullYear() !== year);
  const format = new Intl.DateTimeFormat(language.dates, {
    day: 'numeric',
    month: 'long',
    ...(other ? { year: 'numeric' } : {}),
  });
  const parts = format.formatRangeToParts(...ends);
  // What the two have in common stands once, after the second; between them is a dash, for which we have words.
  const dash = parts.findIndex(({ source }) => source === 'shared');
  return t('common.event_days', { from: joined(parts.slice(0, dash)), to: joined(parts.slice(dash + 1)) });
}

/** `date` by `parts`. */
function written(date: Date, parts: Intl.DateTimeFormatOptions): string {
  return joined(new Intl.DateTimeFormat(language.dates, parts).formatToParts(date));
}

/** French says «1er décembre», and only of the first; Intl leaves that to us. */
function joined(parts: readonly Intl.DateTimeFormatPart[]): string {
  return parts
    .map(({ type, value }) => (type === 'day' && value === '1' && language.locale === 'fr' ? '1er' : value))
    .join('');
}

/** The heading of a day in a conversation: «Aujourd'hui», «Hier», «lundi 3 mars», with another year's number. */
export function dayHeading(moment: string, now: number = present()): string {
  const days = Math.round((startOfDay(Date.parse(moment)) - startOfDay(now)) / (DAY * 1000));
  if (days === 0 || days === -1) {
    const word = new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(days, 'day');
    return word.charAt(0).toLocaleUpperCase(language.locale) + word.slice(1);
  }
  return dated(moment, now, { weekday: 'long', day: 'numeric', month: 'long' });
}

function startOfDay(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** The time of `moment`: «14:05». */
export function time(moment: string): string {
  return written(new Date(moment), { hour: '2-digit', minute: '2-digit' });
}

/** Day and time in full, for tooltips and screen readers. */
export function fullTime(moment: string): string {
  return written(new Date(moment), { dateStyle: 'full', timeStyle: 'short' });
}

/** `smiles` as one says it: «3 smiles», «Sans smile» for 0. */
export function smiles(count: number): string {
  return count === 0 ? t('common.no_smiles') : t('common.smiles', { count });
}

/** `value` where there is little room: «1 234», «12,3 k». */
export function shortCount(value: number): string {
  return new Intl.NumberFormat(
    language.locale,
    value < 10_000 ? {} : { notation: 'compact', maximumFractionDigits: 1 },
  ).format(value);
}

/** `value` with its sign: «+5», «−3»; «0» has none. */
export function signed(value: number): string {
  return new Intl.NumberFormat(language.locale, { signDisplay: 'exceptZero' })
    .format(value)
    .replace('-', '−');
}

/** `cents` of a euro as one writes a price: «12 €», «1 234,50 €». */
export function euros(cents: number): string {
  return new Intl.NumberFormat(language.locale, {
    style: 'currency',
    currency: 'EUR',
    ...(cents % 100 === 0 ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {}),
  }).format(cents / 100);
}
