import { expect, test } from 'vitest';
import { Problem } from '../api/client';
import { Faults, lengthOf } from './faults.svelte';

const form = () => new Faults(['name', 'place'] as const);

test('what the server says about a field stands beside that field', () => {
  const faults = form();

  faults.refused(
    new Problem('invalid_fields', 'Certains champs…', 422, undefined, [
      { field: 'place.lon', code: 'too_big', title: 'Au plus 180.' },
      { field: 'name', code: 'too_short', title: 'Au moins 2 caractères.' },
    ]),
  );

  expect(faults.list.map((fault) => fault.field)).toEqual(['name', 'place']);
  expect(faults.of('place')).toBe('Au plus 180.');
  expect(faults.general).toBe('');
});

test('a refusal about none of the fields is said in general', () => {
  const faults = form();

  faults.refused(new Problem('too_many', 'Un peu trop d’un coup.', 429));

  expect(faults.list).toEqual([]);
  expect(faults.general).toBe('Un peu trop d’un coup.');
});

test('a field being changed is no longer at fault', () => {
  const faults = form();
  faults.set({ name: 'Il manque un nom.', place: 'Il manque un lieu.' });

  faults.clear('name');

  expect(faults.list).toEqual([{ field: 'place', text: 'Il manque un lieu.' }]);
});

test('a text is as long as the server finds it', () => {
  expect(lengthOf(' 👋 e\u0301te\u0301 \n')).toBe(5);
});
