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
