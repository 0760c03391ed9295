import { afterEach, expect, test } from 'vitest';
import { language } from './index.svelte';
import { dayStart, hour, span, spanInFull } from './when';

// Local moments: what is shown is by the clock of the reader's device, whichever it is.
const NOW = new Date(2026, 11, 4, 10).getTime();
const at = (day: number, hours: number, minutes = 0) => new Date(2026, 11, day, hours, minutes).toISOString();
const said = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

afterEach(() => language.use('fr'));

test('hours are said as in French, in English as on a timetable', async () => {
  expect(said(hour(at(4, 18)))).toBe('18 h');
  expect(said(hour(at(4, 9, 5)))).toBe('9 h 05');

  await language.use('en');

  expect(hour(at(4, 18))).toBe('18:00');
  expect(hour(at(4, 9, 5))).toBe('09:05');
});

test.each([
  ['aujourd’hui 18 h – 21 h', at(4, 18), at(4, 21)],
  ['demain 18 h – 2 h', at(5, 18), at(6, 2)],
  ['dim. 6 déc. 9 h', at(6, 9), null],
  ['du 5 au 7 décembre', at(5, 10), at(7, 18)],
  ['du 30 décembre 2026 au 1er janvier 2027', at(30, 10), at(32, 18)],
  ['jusqu’au 7 décembre', at(1, 10), at(7, 18)],
])('a card says «%s»', (words, starts, ends) => {
  expect(said(span(starts, ends, NOW))).toBe(words);
});

test('a month has a first day in French, and the days of two months have their own', () => {
  const before = new Date(2026, 10, 25).getTime();

  expect(said(span(at(1, 10), at(3, 18), before))).toBe('du 1er au 3 décembre');
  expect(said(span(at(0, 10), at(2, 18), before))).toBe('du 30 novembre au 2 décembre');
});

test.each([
  ['tomorrow 18:00 – 02:00', at(5, 18), at(6, 2)],
  ['Sun 6 Dec 09:00', at(6, 9), null],
  ['5 to 7 December', at(5, 10), at(7, 18)],
  ['until 7 December', at(1, 10), at(7, 18)],
])('in English, as it is written in Europe, a card says «%s»', async (words, starts, ends) => {
  await language.use('en');

  expect(said(span(starts, ends, NOW)).replace(',', '')).toBe(words);
});

test('its own page says it in full', () => {
  expect(said(spanInFull(at(5, 18), at(5, 21), NOW))).toBe('samedi 5 décembre, 18 h – 21 h');
  expect(said(spanInFull(at(5, 18), at(7, 12), NOW))).toBe(
    'du samedi 5 décembre, 18 h, au lundi 7 décembre, 12 h',
  );
});

test('a day begins at its midnight, however long the day before was', () => {
  const lastSunday = new Date(2027, 2, 27, 15).getTime();

  expect(new Date(dayStart(lastSunday, 1)).getHours()).toBe(0);
  expect(new Date(dayStart(lastSunday, 2)).getDate()).toBe(29);
});
