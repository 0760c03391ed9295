/** Moments of an exchange as one says them: the day and the hour, and in how long that is. */
import { dated } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';
import { now as present } from '../state/clock.svelte';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The day and the hour of `moment`, by this device's clock: «samedi 5 décembre à 10:00». */
export function dayAndTime(moment: string, now: number = present()): string {
  return dated(moment, now, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** In how long `moment` comes: «dans 3 jours», «dans 5 heures»; one that is over comes at any moment. */
export function delay(moment: string, now: number = present()): string {
  const left = Date.parse(moment) - now;
  if (left < MINUTE_MS) return t('exchange.any_moment');
  const [size, unit] =
    left < HOUR_MS
      ? ([MINUTE_MS, 'minute'] as const)
      : left < 2 * DAY_MS
        ? ([HOUR_MS, 'hour'] as const)
        : ([DAY_MS, 'day'] as const);
  return new Intl.RelativeTimeFormat(language.locale).format(Math.round(left / size), unit);
}

/** Both: «le samedi 5 décembre à 10:00 (dans 10 jours)». */
export function deadline(moment: string, now: number = present()): string {
  return t('exchange.moment_in', { moment: dayAndTime(moment, now), delay: delay(moment, now) });
}
