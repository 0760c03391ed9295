import { beforeEach, expect, test } from 'vitest';
import { draft } from '../state/drafts';
import { Typed } from './typed.svelte';

beforeEach(() => localStorage.clear());

test('what is typed is there again, and gone once it is sent', () => {
  const typed = new Typed();
  typed.belongsTo('c', 'l');
  typed.text = 'À samedi';
  typed.keep();

  const again = new Typed();
  again.belongsTo('c', 'l');
  expect(again.text).toBe('À samedi');

  again.clear();
  expect(draft('conversation:c')).toBe('');
});

test('what is typed before the dialog exists moves along when it comes to', () => {
  const typed = new Typed();
  typed.belongsTo(null, 'l');
  typed.text = 'Et aussi…';
  typed.keep();

  typed.belongsTo('c', 'l');

  expect([typed.text, draft('conversation:c'), draft('dialog:l')]).toEqual(['Et aussi…', 'Et aussi…', '']);
});

test('another conversation has its own words', () => {
  const typed = new Typed();
  typed.belongsTo('c', 'l');
  typed.text = 'Pour Bo';
  typed.keep();

  typed.belongsTo('d', 'm');

  expect([typed.text, draft('conversation:c')]).toEqual(['', 'Pour Bo']);
});
