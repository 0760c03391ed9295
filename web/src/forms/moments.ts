/** A moment as two fields of a form hold it, by the clock of this device. */
export interface Moment {
  /** As the browser's own fields write them: «2026-12-05», «10:00», or ''. */
  day: string;
  time: string;
}

/** The moment that both fields name, in ISO 8601; null if they name none. */
export function momentOf({ day, time }: Moment): string | null {
  const at = day === '' || time === '' ? Number.NaN : new Date(`${day}T${time}`).getTime();
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The two fields of `moment`. */
export function fieldsOf(moment: string | null): Moment {
  if (moment === null) return { day: '', time: '' };
  const at = new Date(moment);
  return { day: dayOf(at), time: `${two(at.getHours())}:${two(at.getMinutes())}` };
}

/** The local day of `at` as a date field writes it. */
export function dayOf(at: Date): string {
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** What was kept of a moment's fields. */
export function momentFields(kept: unknown): Moment {
  const { day, time } = (kept ?? {}) as Partial<Moment>;
  return { day: typeof day === 'string' ? day : '', time: typeof time === 'string' ? time : '' };
}

/** The time zone by whose clock all this is told. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const two = (number: number) => String(number).padStart(2, '0');
