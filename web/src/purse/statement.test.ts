import { beforeEach, expect, test } from 'vitest';
import type { StatementLine } from '../api/types';
import { OpenStatement } from './statement.svelte';

/** All lines that the server has, the newest first. */
let server: StatementLine[];
let asked: URLSearchParams[];
/** Made false, the server is out of reach. */
let reachable: boolean;
let statement: OpenStatement;

beforeEach(() => {
  [asked, reachable] = [[], true];
  server = lines(50, 1);
  statement = new OpenStatement({ get: get as never });
});

async function get(path: string): Promise<unknown> {
  const query = new URLSearchParams(path.split('?')[1]);
  asked.push(query);
  await Promise.resolve();
  if (!reachable) throw new Error('no network');
  const before = query.get('before');
  const from = before ? server.findIndex((line) => line.id === before) + 1 : 0;
  const page = server.slice(from, from + Number(query.get('limit')));
  return { lines: page, earlier: from + page.length < server.length };
}

function lines(from: number, to: number): StatementLine[] {
  return Array.from({ length: from - to + 1 }, (_, at) => line(from - at));
}
function line(number: number): StatementLine {
  return {
    id: `line-${number}`,
    at: '2026-11-25T10:00:00Z',
    reason: 'release',
    amount: 1,
    held: 0,
    debt: 0,
    other: null,
    listing: null,
    gift: false,
    hidden_project: null,
    words: null,
    balance: number,
  };
}
const shown = () => statement.lines?.map((one) => one.balance);

test('the newest page comes first, older ones when asked for, each line once', async () => {
  await statement.refresh();
  expect(shown()?.length).toBe(20);
  expect(statement.earlier).toBe(true);

  await statement.loadEarlier();
  await statement.loadEarlier();

  expect(shown()).toEqual(server.map((one) => one.balance));
  expect(statement.earlier).toBe(false);
});

test('what is new comes above, and what was loaded stays', async () => {
  await statement.refresh();
  await statement.loadEarlier();
  server = [line(52), line(51), ...server];

  await statement.refresh();

  expect(shown()?.slice(0, 3)).toEqual([52, 51, 50]);
  expect(shown()?.length).toBe(42);
});

test('after more than a page of news it begins anew rather than leave a gap', async () => {
  await statement.refresh();
  server = [...lines(90, 51), ...server];

  await statement.refresh();

  expect(shown()).toEqual(lines(90, 71).map((one) => one.balance));
  expect(statement.earlier).toBe(true);
});

test('an older page that no longer fits is left out', async () => {
  await statement.refresh();
  const older = statement.loadEarlier();

  await Promise.all([older, statement.choose('given')]);

  expect(shown()?.length).toBe(20);
  expect(asked.at(-1)?.get('kind')).toBe('given');
});

test('of two answers the last question counts', async () => {
  const first = statement.refresh();
  const second = statement.choose('held');
  await Promise.all([first, second]);

  expect(statement.kind).toBe('held');
  expect(shown()?.length).toBe(20);
  expect(statement.csv).toBe('/api/me/smiles/statement.csv?kind=held');
});

test('a failure is said while nothing is shown, and does not take away what is', async () => {
  reachable = false;
  await statement.refresh();
  expect(statement.failed).not.toBe('');
  expect(statement.lines).toBeNull();

  reachable = true;
  await statement.refresh();
  reachable = false;
  await statement.refresh();

  expect(statement.failed).toBe('');
  expect(shown()?.length).toBe(20);
});
