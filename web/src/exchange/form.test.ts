import { expect, test } from 'vitest';
import { momentOf } from '../forms/moments';
import { ANA, BO, exchange } from '../live/fakes';
import { changeOf, faultsOf, formFrom, formOf, formUnder, termsOf, type ProposalForm } from './form';

const NOW = new Date('2026-11-25T12:00').getTime();
const FORM: ProposalForm = { helper: 'me', smiles: 3, day: '2026-12-05', time: '10:00', note: 'Au portail' };

test('under a request who answers helps, under an offer its author does', () => {
  expect(formUnder({ kind: 'request', smiles: 3 }, false)).toMatchObject({ helper: 'me', smiles: 3 });
  expect(formUnder({ kind: 'request', smiles: 3 }, true).helper).toBe('other');
  expect(formUnder({ kind: 'offer', smiles: 0 }, false)).toMatchObject({ helper: 'other', smiles: 0 });
  expect(formUnder({ kind: 'offer', smiles: 0 }, true).helper).toBe('me');
});

test('the day and the hour are those of this device’s clock', () => {
  expect(new Date(momentOf(FORM)!).getHours()).toBe(10);
  expect(formFrom(exchange({ agreed_for: momentOf(FORM) }), BO.id)).toMatchObject({
    day: '2026-12-05',
    time: '10:00',
  });
});

test('a moment is optional, but half of one is none', () => {
  expect(faultsOf({ ...FORM, day: '', time: '' }, NOW)).toEqual({});
  expect(Object.keys(faultsOf({ ...FORM, time: '' }, NOW))).toEqual(['time']);
  expect(Object.keys(faultsOf({ ...FORM, day: '' }, NOW))).toEqual(['agreed_for']);
});

test('a moment has not passed, and comes within a year', () => {
  expect(faultsOf({ ...FORM, day: '2026-11-25', time: '12:00' }, NOW)).toEqual({});
  expect(Object.keys(faultsOf({ ...FORM, day: '2026-11-24' }, NOW))).toEqual(['agreed_for']);
  expect(Object.keys(faultsOf({ ...FORM, day: '2028-01-01' }, NOW))).toEqual(['agreed_for']);
});

test('a moment that was agreed and passed may stay while the rest is changed', () => {
  const past = { ...FORM, day: '2026-11-24' };

  expect(faultsOf({ ...past, smiles: 5 }, NOW, past)).toEqual({});
});

test('smiles are a whole number from 0 to 1000', () => {
  for (const smiles of [0, 1, 1000]) expect(faultsOf({ ...FORM, smiles }, NOW)).toEqual({});
  for (const smiles of [null, -1, 1.5, 1001])
    expect(Object.keys(faultsOf({ ...FORM, smiles }, NOW))).toEqual(['smiles']);
});

test('a note is as long as the server counts: composed and trimmed', () => {
  expect(faultsOf({ ...FORM, note: `  ${'é'.repeat(500)}  ` }, NOW)).toEqual({});
  expect(Object.keys(faultsOf({ ...FORM, note: 'é'.repeat(501) }, NOW))).toEqual(['note']);
});

test('who helps is told by name, whoever writes', () => {
  expect(termsOf(FORM, ANA.id, BO.id)).toMatchObject({ helper: ANA.id, smiles: 3, note: 'Au portail' });
  expect(termsOf({ ...FORM, helper: 'other' }, ANA.id, BO.id).helper).toBe(BO.id);
});

test('only what was changed is told of an amendment, also that no time is agreed any more', () => {
  expect(changeOf(FORM, FORM, ANA.id, BO.id)).toEqual({});
  expect(changeOf({ ...FORM, smiles: 4 }, FORM, ANA.id, BO.id)).toEqual({ smiles: 4 });
  expect(changeOf({ ...FORM, day: '', time: '' }, FORM, ANA.id, BO.id)).toEqual({ agreed_for: null });
});

test('what was kept badly spoils no more than itself', () => {
  expect(
    formOf({ helper: 'nobody', smiles: 'x', day: 3, note: 'Au portail' }, { ...FORM, note: '' }),
  ).toEqual(FORM);
  expect(formOf(undefined, FORM)).toEqual(FORM);
});
