/** When an event is, as one says it: «demain 18 h – 21 h», «du 5 au 7 décembre». */
import { now as present } from '../state/clock.svelte';
import { dated, day, days, time } from './format';
import { language, t } from './index.svelte';

/** A dance that ends so early in the morning is still one of the evening before. */
const NIGHT_ENDS_AT = 6;

/** The midnight with which the day of `moment` (milliseconds since the epoch) begins on this device. */
export function dayStart(moment: number, daysOn = 0): number {
  const date = new Date(moment);
  // By the calendar, not by 24 hours: a day in March has 23.
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + daysOn).getTime();
}

/** The hour of `moment`: «18 h», «18 h 30», in English «18:30». */
export function hour(moment: string): string {
  const date = new Date(moment);
  if (language.locale !== 'fr') return time(moment);
  const minutes = date.getMinutes();
  return `${date.getHours()} h${minutes ? ` ${String(minutes).padStart(2, '0')}` : ''}`.replaceAll(
    ' ',
    '\u00a0',
  );
}

/** From `starts_at` to `ends_at`, in as few words as a card has room for. */
export function span(starts_at: string, ends_at: string | null, now: number = present()): string {
  const first = dayStart(Date.parse(starts_at));
  if (ends_at === null) return t('common.event_at', { day: nearDay(starts_at, now), from: hour(starts_at) });
  const ends = new Date(ends_at);
  const last = dayStart(ends.getTime());
  const overnight = last === dayStart(first, 1) && ends.getHours() < NIGHT_ENDS_AT;
  if (first === last || overnight)
    return t('common.event_hours', {
      day: nearDay(starts_at, now),
      from: hour(starts_at),
      to: hour(ends_at),
    });
  if (first < dayStart(now)) return t('common.event_until', { day: day(ends_at, now) });
  return days(starts_at, ends_at, now);
}

/** The same in full, for its own page: «samedi 5 décembre, 18 h – 21 h». */
export function spanInFull(starts_at: string, ends_at: string | null, now: number = present()): string {
  const date = (moment: string) => dated(moment, now, { weekday: 'long', day: 'numeric', month: 'long' });
  if (ends_at === null) return t('common.event_moment', { day: date(starts_at), from: hour(starts_at) });
  const [first, last] = [dayStart(Date.parse(starts_at)), dayStart(Date.parse(ends_at))];
  const overnight = last === dayStart(first, 1) && new Date(ends_at).getHours() < NIGHT_ENDS_AT;
  if (first === last || overnight)
    return t('common.event_one_day', { day: date(starts_at), from: hour(starts_at), to: hour(ends_at) });
  return t('common.event_long', {
    from: date(starts_at),
    from_hour: hour(starts_at),
    to: date(ends_at),
    to_hour: hour(ends_at),
  });
}

function nearDay(moment: string, now: number): string {
  const start = dayStart(Date.parse(moment));
  for (const days of [0, 1])
    if (start === dayStart(now, days))
      return new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(days, 'day');
  return dated(moment, now, { weekday: 'short', day: 'numeric', month: 'short' });
}
