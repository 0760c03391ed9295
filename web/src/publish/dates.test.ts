import { expect, test } from 'vitest';
import { asksWhen, dateFaults, datesOf, isSameMoment } from './dates';
import { blank, bodyOf, formFrom, type ListingForm } from './form';

const NOW = new Date(2026, 11, 4, 12).getTime();
const event = (change: Partial<ListingForm> = {}): ListingForm => ({
  ...blank('mag'),
  title: 'Le bal',
  text: 'On danse.',
  category: 'event',
  place: { lon: 7.3388, lat: 47.7508 },
  starts: { day: '2026-12-05', time: '18:00' },
  ends: { day: '2026-12-05', time: '21:00' },
  ...change,
});
const none = { day: '', time: '' };

test('an event that is to come is right', () => {
  expect(dateFaults(event(), NOW)).toEqual({});
  expect(datesOf(event())).toEqual({
    starts_at: new Date(2026, 11, 5, 18).toISOString(),
    ends_at: new Date(2026, 11, 5, 21).toISOString(),
  });
});

test('without an end it lasts three hours', () => {
  expect(datesOf(event({ ends: none })).ends_at).toBe(new Date(2026, 11, 5, 21).toISOString());
});

test('what has begun may still be told of, until it is over', () => {
  const today = (from: string, to: string) =>
    event({ starts: { day: '2026-12-04', time: from }, ends: { day: '2026-12-04', time: to } });

  expect(dateFaults(today('10:00', '13:00'), NOW)).toEqual({});
  expect(Object.keys(dateFaults(today('08:00', '11:00'), NOW))).toEqual(['ends_at']);
});

test.each<[string, Partial<ListingForm>]>([
  ['starts_at', { starts: none, ends: none }],
  ['starts_at', { starts: { day: '2026-12-05', time: '' } }],
  ['starts_at', { starts: none }],
  ['ends_at', { ends: { day: '2026-12-05', time: '' } }],
  ['ends_at', { ends: { day: '2026-12-05', time: '17:59' } }],
  ['starts_at', { starts: { day: '2026-12-03', time: '18:00' }, ends: none }],
  ['starts_at', { starts: { day: '2062-12-05', time: '18:00' }, ends: none }],
  ['ends_at', { ends: { day: '2062-12-05', time: '21:00' } }],
])('%s is refused in %o', (field, wrong) => {
  expect(Object.keys(dateFaults(event(wrong), NOW))).toEqual([field]);
});

test('only an event must say when, something cultural may, a shop is not asked', () => {
  const undated = { starts: none, ends: none };

  expect(dateFaults(event({ ...undated, category: 'culture' }), NOW)).toEqual({});
  expect(asksWhen(event({ ...undated, category: 'shop' }))).toBe(false);
  expect(bodyOf('id', event({ ...undated, category: 'shop' }))).not.toHaveProperty('starts_at');
});

test('a request has no dates, whatever was written in another form', () => {
  expect(datesOf(event({ kind: 'request' }))).toEqual({ starts_at: null, ends_at: null });
});

test('the form of a published event says its dates, and they are the same moments', () => {
  const body = bodyOf('id', event())!;
  const listing = { ...body, starts_at: body.starts_at!.replace('.000Z', 'Z') };

  const form = formFrom(listing as never);

  expect([form.starts, form.ends]).toEqual([event().starts, event().ends]);
  expect(isSameMoment(datesOf(form).starts_at, listing.starts_at)).toBe(true);
  expect(isSameMoment(null, undefined)).toBe(true);
  expect(isSameMoment(null, listing.starts_at)).toBe(false);
});
