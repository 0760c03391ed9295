import { expect, test } from 'vitest';
import { cellMiddle } from '../forms/cell';
import { LISTING } from '../live/fakes';
import type { KeptPhoto } from '../photos/upload.svelte';
import { blankTerms } from '../projects/terms';
import { blank, bodyOf, faultsOf, formOf, isBegun, type ListingForm } from './form';

const LAWN: ListingForm = {
  kind: 'request',
  title: 'Tondre la pelouse',
  text: 'Samedi matin.',
  category: 'garden',
  smiles: 0,
  starts: { day: '', time: '' },
  ends: { day: '', time: '' },
  terms: blankTerms(),
  place: { lon: 7.3388, lat: 47.7508 },
  precision: 'approximate',
  photos: [],
};

const photo = (id: string, sent = true): KeptPhoto => ({
  id,
  file: `${id}.jpg`,
  alt: ' Un pommier ',
  caption: '',
  photo: sent
    ? { id, name: `name-${id}`, width: 640, height: 480, widths: [320, 640], placeholder: '' }
    : null,
});

test('a blank form is not begun, and lacks everything that must be written', () => {
  expect(isBegun({ ...blank('mag'), place: LAWN.place })).toBe(false);
  expect(Object.keys(faultsOf(blank()))).toEqual(['kind']);
  expect(Object.keys(faultsOf(blank('offer')))).toEqual(['title', 'text', 'category']);
});

test.each([
  ['title', { title: 'ab' }],
  ['title', { title: 'x'.repeat(81) }],
  ['text', { text: ' \n ' }],
  ['text', { text: 'x'.repeat(4001) }],
  ['smiles', { smiles: null }],
  ['smiles', { smiles: 1.5 }],
  ['smiles', { smiles: 1001 }],
  ['smiles', { smiles: -1 }],
] as const)('%s is refused in %o', (field, wrong) => {
  expect(Object.keys(faultsOf({ ...LAWN, ...wrong }))).toEqual([field]);
});

test('a gift of 0 smiles is right', () => {
  expect(faultsOf(LAWN)).toEqual({});
});

test('an approximate place leaves the device as its cell, an exact one as it is', () => {
  expect(bodyOf(LISTING, LAWN)?.place).toEqual(cellMiddle({ lon: 7.3388, lat: 47.7508 }));
  expect(bodyOf(LISTING, { ...LAWN, precision: 'exact' })?.place).toEqual(LAWN.place);
});

test('an article is longer than a request', () => {
  const long = { ...LAWN, text: 'x'.repeat(20_000) };

  expect(faultsOf({ ...long, kind: 'mag', category: 'shop' })).toEqual({});
  expect(Object.keys(faultsOf({ ...long, kind: 'mag', text: `${long.text}x` }))).toEqual(['text']);
  expect(Object.keys(faultsOf(long))).toEqual(['text']);
});

test('what was kept comes back field by field', () => {
  expect(formOf(JSON.parse(JSON.stringify(LAWN)))).toEqual(LAWN);
  expect(formOf({ ...LAWN, category: 'gold', place: 'here' })).toEqual({
    ...LAWN,
    category: null,
    place: null,
  });
  expect(formOf(undefined)).toEqual(blank());
});

test('photos are told in their order, once they are sent', () => {
  const form = { ...LAWN, photos: [photo('b'), photo('c', false), photo('a')] };

  expect(bodyOf(LISTING, form)?.photos).toEqual([
    { id: 'b', alt: 'Un pommier', caption: '' },
    { id: 'a', alt: 'Un pommier', caption: '' },
  ]);
  expect(bodyOf(LISTING, LAWN)).not.toHaveProperty('photos');
});

test('a photo alone is worth keeping, and comes back; what is none does not', () => {
  const form = { ...blank(), photos: [photo('a'), photo('b', false)] };

  expect(isBegun(form)).toBe(true);
  expect(formOf(JSON.parse(JSON.stringify(form))).photos).toEqual(form.photos);
  expect(
    formOf({ ...form, photos: [{ id: 'a' }, null, 'photo', { ...photo('a'), photo: 3 }] }).photos,
  ).toEqual([]);
});
