import { describe, expect, test } from 'vitest';
import {
  blankTerms,
  closingDays,
  isTermsBegun,
  termsChange,
  termsFaults,
  termsFormOf,
  termsFrom,
  termsOf,
  type TermsForm,
} from './terms';

const NOW = new Date(2026, 10, 29, 12).getTime();
const GARDEN: TermsForm = {
  reach: 'local',
  euros: 500,
  instructions: ' Chèque à l’ordre du jardin ',
  smiles: 200,
  closes: '2026-12-31',
};

describe('the terms of a project', () => {
  test('are told in cents, with the end of the day on which it closes', () => {
    expect(termsOf(GARDEN)).toEqual({
      reach: 'local',
      target_cents: 50_000,
      target_smiles: 200,
      closes_at: new Date(2026, 11, 31, 23, 59).toISOString(),
      instructions: 'Chèque à l’ordre du jardin',
    });
  });

  test('without a target want nothing of it', () => {
    expect(termsOf({ ...GARDEN, euros: null, smiles: 0 })).toMatchObject({
      target_cents: null,
      target_smiles: null,
    });
  });

  test('need a reach and a closing date, and a way to pay if money is wanted', () => {
    expect(Object.keys(termsFaults(blankTerms(), NOW))).toEqual(['project.reach', 'project.closes_at']);
    expect(Object.keys(termsFaults({ ...GARDEN, instructions: ' ' }, NOW))).toEqual(['project.instructions']);
    expect(termsFaults({ ...GARDEN, euros: null, instructions: '' }, NOW)).toEqual({});
  });

  test('take whole numbers only', () => {
    expect(Object.keys(termsFaults({ ...GARDEN, euros: 12.5, smiles: -1 }, NOW))).toEqual([
      'project.target_cents',
      'project.target_smiles',
    ]);
    expect(termsFaults({ ...GARDEN, euros: 1, smiles: null }, NOW)).toEqual({});
  });

  test('close tomorrow at the earliest and within a year', () => {
    expect(closingDays(NOW)).toEqual({ first: '2026-11-30', last: '2027-11-29' });
    expect(termsFaults({ ...GARDEN, closes: '2026-11-29' }, NOW)).toHaveProperty(['project.closes_at']);
    expect(termsFaults({ ...GARDEN, closes: '2027-11-30' }, NOW)).toHaveProperty(['project.closes_at']);
    expect(termsFaults({ ...GARDEN, closes: '2026-11-30' }, NOW)).toEqual({});
  });

  test('of a published project may stay as they are, and close later but not earlier', () => {
    expect(termsFaults({ ...GARDEN, closes: '2026-11-20' }, NOW, '2026-11-20')).toEqual({});
    expect(termsFaults({ ...GARDEN, closes: '2026-12-30' }, NOW, '2026-12-31')).toHaveProperty([
      'project.closes_at',
    ]);
    expect(termsFaults({ ...GARDEN, closes: '2027-01-02' }, NOW, '2026-12-31')).toEqual({});
  });

  test('are told of a change only as far as they were changed', () => {
    const progress = {
      outcome: 'open' as const,
      reach: 'local' as const,
      closes_at: termsOf(GARDEN).closes_at,
      target_cents: 50_000,
      promised_cents: 0,
      received_cents: 0,
      target_smiles: null,
      given_smiles: 0,
      released: false,
      tasks: 0,
      tasks_done: 0,
      supporters: 0,
    };
    const base = termsFrom(progress, 'Chèque');

    expect(termsChange(base, termsFrom(progress, 'Chèque'))).toBeNull();
    expect(termsChange(base, { ...base, euros: null, smiles: 20 })).toEqual({
      target_cents: null,
      target_smiles: 20,
    });
  });

  test('come back as they were kept, field by field', () => {
    expect(termsFormOf(JSON.parse(JSON.stringify(GARDEN)))).toEqual(GARDEN);
    expect(termsFormOf({ reach: 'moon', euros: 'many', closes: 3 })).toEqual(blankTerms());
    expect([isTermsBegun(blankTerms()), isTermsBegun(GARDEN)]).toEqual([false, true]);
  });
});
