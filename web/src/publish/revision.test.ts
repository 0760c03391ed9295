import { expect, test } from 'vitest';
import { cellMiddle } from '../forms/cell';
import { LISTING } from '../live/fakes';
import type { Listing } from '../protocol';
import { begun, changeOf, isChanged, lacksPlace, resumed } from './revision';

const LAWN: Listing = {
  id: LISTING,
  kind: 'request',
  title: 'Tondre la pelouse',
  text: 'Samedi matin.',
  category: 'garden',
  smiles: 3,
  state: 'open',
  lon: 7.34,
  lat: 47.75,
  precision: 'approximate',
  author: { id: LISTING, name: 'Ana', kind: 'individual' },
  created_at: '2026-11-23T10:00:00Z',
  expires_at: '2026-12-23T10:00:00Z',
  version: 4,
  thread: LISTING,
  edited_at: null,
  hidden: false,
};

test('nothing changed is nothing to save', () => {
  const revision = begun(LAWN);
  revision.form.title = ` ${LAWN.title} `;

  expect(isChanged(revision)).toBe(false);
});

test('only what was changed is sent', () => {
  const revision = begun(LAWN);
  revision.form.smiles = 5;

  expect(changeOf(revision)).toEqual({ version: 4, smiles: 5 });
});

test('an event that is moved says both of its dates, one that is not says none', () => {
  const bal = {
    ...LAWN,
    kind: 'mag' as const,
    category: 'event' as const,
    starts_at: '2026-12-05T17:00:00Z',
    ends_at: '2026-12-05T20:00:00Z',
  };
  const revision = begun(bal);
  expect(isChanged(revision)).toBe(false);

  revision.form.ends = { day: '2026-12-06', time: '03:00' };

  expect(changeOf(revision)).toEqual({
    version: 4,
    starts_at: '2026-12-05T17:00:00.000Z',
    ends_at: new Date('2026-12-06T03:00').toISOString(),
  });
});

test('a mag that is no event any more says so', () => {
  const revision = begun({
    ...LAWN,
    kind: 'mag',
    starts_at: '2026-12-05T17:00:00Z',
    ends_at: '2026-12-05T20:00:00Z',
  });
  revision.form.starts = revision.form.ends = { day: '', time: '' };

  expect(changeOf(revision)).toEqual({ version: 4, starts_at: null, ends_at: null });
});

test('a new approximate place is told as its cell', () => {
  const revision = begun(LAWN);
  revision.form.place = { lon: 7.3388, lat: 47.7508 };

  expect(changeOf(revision)).toEqual({ version: 4, place: cellMiddle({ lon: 7.3388, lat: 47.7508 }) });
});

test('an approximate listing becomes exact only where it is placed', () => {
  const revision = begun(LAWN);
  revision.form.precision = 'exact';
  expect(lacksPlace(revision)).toBe(true);

  revision.form.place = { lon: 7.3388, lat: 47.7508 };
  expect(lacksPlace(revision)).toBe(false);
  expect(changeOf(revision)).toEqual({
    version: 4,
    precision: 'exact',
    place: { lon: 7.3388, lat: 47.7508 },
  });
});

test('an unfinished revision goes on after a reload, from the version it began with', () => {
  const before = begun(LAWN);
  before.form.text = 'Samedi matin ou dimanche.';

  const after = resumed(JSON.parse(JSON.stringify(before)), { ...LAWN, version: 6, smiles: 9 });

  expect(changeOf(after)).toEqual({ version: 4, text: 'Samedi matin ou dimanche.' });
});

test.each([undefined, 'x', { version: 'x' }])('%j is no unfinished revision', (kept) => {
  expect(resumed(kept, LAWN)).toEqual(begun(LAWN));
});

test('photos that were described, moved or taken out are a change; one that is not sent yet will be', () => {
  const photo = { name: 'n', width: 640, height: 480, widths: [320, 640], placeholder: '' };
  const photos = ['a', 'b'].map((id) => ({ id, ...photo, alt: '', caption: '' }));
  const revision = begun({ ...LAWN, photos });
  expect(isChanged(revision)).toBe(false);

  revision.form.photos = revision.form.photos.toReversed();

  expect(changeOf(revision)).toEqual({
    version: 4,
    photos: [
      { id: 'b', alt: '', caption: '' },
      { id: 'a', alt: '', caption: '' },
    ],
  });
  const adding = begun(LAWN);
  adding.form.photos = [{ id: 'c', file: 'c.jpg', alt: '', caption: '', photo: null }];
  expect(isChanged(adding)).toBe(true);
  expect(changeOf(adding)).toEqual({ version: 4 });
});
