import { beforeEach, expect, test } from 'vitest';
import { askedFor, parse, paths, route } from './route.svelte';

const ID = '01930000-0000-7000-8000-0000000000f1';

beforeEach(() => {
  route.setQuery({ layers: null, scale: null });
  route.go(paths.home, { replace: true });
});

test('every path of ours names its panel', () => {
  expect(parse(paths.home)).toEqual({ name: 'home' });
  expect(parse(paths.listing(ID))).toEqual({ name: 'listing', id: ID });
  expect(parse(paths.edit(ID))).toEqual({ name: 'edit', id: ID });
  expect(parse(paths.conversation(ID))).toEqual({ name: 'conversation', id: ID });
  expect(parse(paths.disputes)).toEqual({ name: 'moderation', tab: 'disputes', dispute: null });
  expect(parse(paths.dispute(ID))).toEqual({ name: 'moderation', tab: 'disputes', dispute: ID });
  expect(parse('/messages/')).toEqual({ name: 'inbox' });
  expect(parse('/bienvenue', '#secret')).toEqual({ name: 'welcome', token: 'secret' });
});

test('a path that is not ours is unknown, not a listing', () => {
  expect(parse('/annonces/../../etc/passwd').name).toBe('unknown');
  expect(parse('/annonces/1').name).toBe('unknown');
});

test('the query stays when panels open, so that a reload shows the same map', () => {
  route.setQuery({ scale: 'nearest', layers: 'request,offer,mag' });

  route.go(paths.listing(ID));

  expect(location.pathname + location.search).toBe(`/annonces/${ID}?scale=nearest&layers=request,offer,mag`);
});

test('what a link brought that is not ours goes no further', () => {
  expect(askedFor('?next=/profil&z=14&utm_source=x&layers=mag&invitation=a&z=15').toString()).toBe(
    'z=14&layers=mag&invitation=a&z=15',
  );
  expect(askedFor('?next=//elsewhere.example').toString()).toBe('');
});

test('opening a panel is a step in the history, replacing one is none', () => {
  const before = route.depth;

  route.go(paths.inbox);
  route.go(paths.help, { replace: true });

  expect(route.depth).toBe(before + 1);
  expect(route.current.name).toBe('help');
});

test('closing a panel that the visit began with leads home', () => {
  history.replaceState(null, '', paths.listing(ID));

  route.back();

  expect(route.current.name).toBe('home');
});
