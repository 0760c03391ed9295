import { expect, test } from 'vitest';
import { emailFault, nameFault, onlyFaults, passwordFault } from './checks';

test.each(['ana@example.org', ' ana@exemple.fr ', 'a+b@sous.domaine.example'])(
  '%j is an address',
  (email) => {
    expect(emailFault(email)).toBeUndefined();
  },
);

test('an address may have accents after its @, and is told so if it has some before', () => {
  expect(emailFault('jose@café.example')).toBeUndefined();
  expect(emailFault('josé@example.org')).toMatch(/accent/);
  expect(emailFault('josé@')).not.toMatch(/accent/);
});

test.each(['', 'ana', 'ana@example', 'a na@example.org', 'ana@example.'])('%j is no address', (email) => {
  expect(emailFault(email)).toBeDefined();
});

test('a name of one letter is too short, an emoji counts as the server counts it', () => {
  expect(nameFault(' A ')).toBeDefined();
  expect(nameFault('Al')).toBeUndefined();
  expect(nameFault('👋'.repeat(40))).toBeUndefined();
  expect(nameFault('👋'.repeat(41))).toBeDefined();
});

test('a password has ten characters', () => {
  expect(passwordFault('neuf chif')).toBeDefined();
  expect(passwordFault('dix chiffr')).toBeUndefined();
});

test('what is right is not at fault', () => {
  expect(onlyFaults({ name: undefined, email: 'Indiquez…' })).toEqual({ email: 'Indiquez…' });
});
