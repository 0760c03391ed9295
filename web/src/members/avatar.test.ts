import { beforeEach, expect, test } from 'vitest';
import { Problem, type Api } from '../api/client';
import type { Photo } from '../protocol';
import { Avatar } from './avatar.svelte';

const FILE = new File(['a'], 'ana.jpg', { type: 'image/jpeg' });
/** What was asked of the server, and what it answers: nothing is a yes. */
let asked: string[];
let failure: Problem | undefined;
let learned: number;
let avatar: Avatar;

beforeEach(() => {
  URL.createObjectURL = () => 'blob:chosen';
  URL.revokeObjectURL = () => undefined;
  [asked, failure, learned] = [[], undefined, 0];
  const server = {
    put: async (path: string, body: unknown) => void asked.push(`PUT ${path} ${JSON.stringify(body)}`),
    del: async (path: string) => void asked.push(`DELETE ${path}`),
  } as unknown as Api;
  const put = async (path: string): Promise<Photo> => {
    asked.push(`PUT ${path}`);
    if (failure) throw failure;
    return {} as Photo;
  };
  avatar = new Avatar(server, async () => void (learned += 1), { put, prepare: async (file) => file });
});

test('a photo is sent as an avatar, and then shown', async () => {
  expect(await avatar.choose(FILE)).toBe(true);

  const [sent, shown] = asked as [string, string];
  const id = /^PUT \/api\/photos\/(.+)\?kind=avatar$/.exec(sent)?.[1];
  expect(shown).toBe(`PUT /api/me/avatar {"photo":"${id}"}`);
  expect(learned).toBe(1);
  expect(avatar.state).toBe('idle');
});

test('what was cut off is tried again under the same id', async () => {
  failure = new Problem('offline', '', 0);
  expect(await avatar.choose(FILE)).toBe(false);
  expect([avatar.state, avatar.passing, avatar.preview]).toEqual(['failed', true, 'blob:chosen']);

  failure = undefined;
  expect(await avatar.send()).toBe(true);

  expect(asked[1]).toBe(asked[0]);
});

test('a refusal is said, and thought better of', async () => {
  failure = new Problem('photo_type', 'Pas une photo.', 415);
  await avatar.choose(FILE);
  expect([avatar.reason, avatar.passing]).toEqual(['Pas une photo.', false]);

  avatar.giveUp();

  expect([avatar.state, avatar.preview]).toEqual(['idle', null]);
});

test('one may be seen by no photo again', async () => {
  await avatar.remove();

  expect(asked).toEqual(['DELETE /api/me/avatar']);
  expect(learned).toBe(1);
});
