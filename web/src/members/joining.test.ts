import { beforeEach, expect, test } from 'vitest';
import { keepDraft } from '../state/drafts';
import { forgetJoining, keepJoining, typedJoining, type Joining } from './joining';

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
