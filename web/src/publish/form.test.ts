import { expect, test } from 'vitest';
import { cellMiddle } from '../forms/cell';
import { LISTING } from '../live/fakes';
import { BLANK, bodyOf, faultsOf, formOf, isBegun, type ListingForm } from './form';

const LAWN: ListingForm = {
  kind: 'request',
  title: 'Tondre la pelouse',
  text: 'Samedi matin.',
  category: 'garden',
  smiles: 0,
  place: { lon: 7.3388, lat: 47.7508 },
  precision: 'approximate',
};

test('a blank form is not begun, and lacks everything that must be written', () => {
  expect(isBegun({ ...BLANK, place: LAWN.place })).toBe(false);
  expect(Object.keys(faultsOf(BLANK))).toEqual(['kind', 'title', 'text', 'category']);
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

test('what was kept comes back field by field', () => {
  expect(formOf(JSON.parse(JSON.stringify(LAWN)))).toEqual(LAWN);
  expect(formOf({ ...LAWN, category: 'gold', place: 'here' })).toEqual({
    ...LAWN,
    category: null,
    place: null,
  });
  expect(formOf(undefined)).toEqual(BLANK);
});
