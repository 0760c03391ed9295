import { beforeEach, expect, test } from 'vitest';
import { keepDraft } from '../state/drafts';
import { route } from '../state/route.svelte';
import { forgetJoining, invitation, keepJoining, typedJoining, type Joining } from './joining';

const ANA: Joining = {
  email: 'ana@example.org',
  name: 'Ana',
  kind: 'association',
  home: { lon: 7.34, lat: 47.75 },
  byLink: true,
};

beforeEach(() => localStorage.clear());

test('what was typed is there after a reload, until one has come in', () => {
  keepJoining(ANA);
  expect(typedJoining('')).toEqual(ANA);

  forgetJoining();
  expect(typedJoining('').name).toBe('');
});

test('the address typed at the other door wins', () => {
  keepJoining(ANA);

  expect(typedJoining('bo@example.org').email).toBe('bo@example.org');
});

test.each(['not json', 'null', '{"kind":"king","home":{"lon":"x"},"name":3}'])(
  'a form is blank over what %j left behind',
  (text) => {
    keepDraft('join', text);

    expect(typedJoining('')).toEqual({ email: '', name: '', kind: 'individual', home: null, byLink: false });
  },
);

test('an invitation leaves the address, and is kept until one has come in', () => {
  route.setQuery({ invitation: ' code-of-ana ' });
  expect(invitation()).toBe('code-of-ana');
  expect(location.search).toBe('');

  expect(invitation()).toBe('code-of-ana');

  forgetJoining();
  expect(invitation()).toBeNull();
});

test.each(['', 'x'.repeat(65)])('an invitation that cannot be one is none: %j', (code) => {
  route.setQuery({ invitation: code });

  expect(invitation()).toBeNull();
  expect(location.search).toBe('');
});
