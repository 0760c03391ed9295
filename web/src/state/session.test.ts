import { beforeEach, expect, test } from 'vitest';
import { Api } from '../api/client';
import { paths, route } from './route.svelte';
import { Session } from './session.svelte';

const ANA = { id: 'ana', name: 'Ana', locale: 'fr', home: null };
let signedIn: boolean;

/** A page of this browser; the server knows Ana by her password. */
function page(): Session {
  const server = async (path: unknown, init?: RequestInit) => {
    if (init?.method === 'POST' && path === '/api/session') {
      if (!String(init.body).includes('right')) return answer({ code: 'wrong', title: 'Non' }, 401);
      signedIn = true;
    }
    if (init?.method === 'DELETE') signedIn = false;
    return answer({ member: signedIn ? ANA : null });
  };
  return new Session(new Api(server as typeof fetch));
}
const answer = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  signedIn = false;
  localStorage.clear();
  route.go(paths.home, { replace: true });
});

test('a member’s action runs at once', async () => {
  signedIn = true;
  const session = page();
  await session.load();
  const done: unknown[] = [];
  session.register('publish', (payload) => void done.push(payload));

  expect(session.require('publish', { title: 'Soupe' })).toBe(true);

  expect(done).toEqual([{ title: 'Soupe' }]);
});

test('a visitor’s action waits for the sign-in, then goes on where it was asked, once', async () => {
  const session = page();
  await session.load();
  const done: unknown[] = [];
  route.go(paths.publish);
  session.register('publish', (payload) => void done.push(payload));

  expect(session.require('publish', 'soup')).toBe(false);
  expect(route.path).toBe(paths.signin);
  await session.signIn('ana@example.org', 'right');
  expect(done).toEqual([]);
  session.leave();
  await settled();
  session.leave();
  await settled();

  expect(route.path).toBe('/');
  expect(done).toEqual(['soup']);
});

test('what waits survives a reload, and goes on when its page is there', async () => {
  const session = page();
  await session.load();
  route.go(paths.publish);
  session.require('publish', 'soup');

  signedIn = true;
  const later = page();
  await later.load();
  route.go(paths.publish, { replace: true });
  const done: unknown[] = [];
  later.register('publish', (payload) => void done.push(payload));
  await settled();

  expect(done).toEqual(['soup']);
});

test('a wrong password rejects, and what waits goes on waiting', async () => {
  const session = page();
  await session.load();
  route.go(paths.publish);
  session.require('publish', 'soup');

  await expect(session.signIn('ana@example.org', 'wrong')).rejects.toMatchObject({ code: 'wrong' });

  expect(session.member).toBeNull();
  expect(session.interrupted).toMatchObject({ name: 'publish', path: paths.publish });
});

test('without an answer one stays who one was', async () => {
  signedIn = true;
  const session = page();
  await session.load();
  const offline = new Session(
    new Api((() => Promise.reject(new TypeError('Failed to fetch'))) as typeof fetch),
  );
  offline.member = session.member;

  await offline.load();

  expect(offline.member?.name).toBe('Ana');
});

test('who is told of a change is told once', async () => {
  const session = page();
  const told: (string | null)[] = [];
  session.onchange = (member) => told.push(member?.name ?? null);

  await session.load();
  await session.load();
  await session.signIn('ana@example.org', 'right');
  await session.signOut();

  expect(told).toEqual([null, 'Ana', null]);
});

test('an answer from before the sign-in does not undo it', async () => {
  let answerLate = (): void => undefined;
  const late = new Promise<void>((resolve) => (answerLate = resolve));
  let asked = 0;
  const server = async (_path: unknown, init?: RequestInit) => {
    if (init?.method === 'POST') return answer({ member: ANA });
    if (asked++ > 0) return answer({ member: ANA });
    await late;
    return answer({ member: null });
  };
  const session = new Session(new Api(server as typeof fetch));
  const loading = session.load();

  await session.signIn('ana@example.org', 'right');
  answerLate();
  await loading;

  expect(session.member?.name).toBe('Ana');
});
