import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import type { Gift, HiddenProject, HiddenProjects, Pledge } from '../api/types';
import { HiddenSupports, waiting } from './hidden.svelte';

const pledge = (id: string, state: Pledge['state'] = 'promised'): Pledge =>
  ({ id, project: 'p', cents: 2000, state }) as Pledge;
const gift = (id: string, state: Gift['state'] = 'held'): Gift =>
  ({ id, project: 'p', smiles: 3, state }) as Gift;
const hidden = (id: string, pledges = [pledge('a')], gifts = [gift('b')]): HiddenProject =>
  ({ id, mine: { pledges, gifts } }) as unknown as HiddenProject;

let answers: (HiddenProjects | Problem)[];
let asked: number;
let listeners: Map<string, (event: never) => void>;

function open(): HiddenSupports {
  const on = (type: string, listen: (event: never) => void) => {
    listeners.set(type, listen);
    return () => void listeners.delete(type);
  };
  const get = async () => {
    asked += 1;
    const answer = answers.shift();
    if (!answer || answer instanceof Problem) throw answer ?? new Problem('offline', '', 0);
    return answer;
  };
  return new HiddenSupports({ on } as never, { get } as never, () => 1000);
}
const tell = (type: string, event: object = {}) => listeners.get(type)?.({ type, ...event } as never);

beforeEach(() => {
  vi.useFakeTimers();
  [answers, asked, listeners] = [[], 0, new Map()];
});
afterEach(() => void vi.useRealTimers());

describe('what one has in hidden projects', () => {
  test('is found by its project', async () => {
    answers = [{ projects: [hidden('p')] }];
    const supports = open();
    await supports.fetch();

    expect(supports.of('p')?.mine.gifts).toHaveLength(1);
    expect(supports.of('q')).toBeUndefined();
  });

  test('is asked for once, and not at once, when several listings are gone', async () => {
    answers = [{ projects: [] }, { projects: [hidden('p')] }];
    const supports = open();
    await supports.fetch();

    for (const id of ['p', 'q', 'r']) tell('listing_gone', { id });
    expect(asked).toBe(1);
    await vi.runAllTimersAsync();

    expect(asked).toBe(2);
    expect(supports.of('p')).toBeDefined();
  });

  test('is looked at again when there is news of one of them, and only then', async () => {
    answers = [{ projects: [hidden('p')] }, { projects: [] }];
    const supports = open();
    await supports.fetch();

    tell('listing_restored', { id: 'q' });
    await vi.runAllTimersAsync();
    expect(asked).toBe(1);
    tell('listing_restored', { id: 'p' });
    await vi.runAllTimersAsync();

    expect(supports.of('p')).toBeUndefined();
  });

  test('stays known when it cannot be asked for', async () => {
    answers = [{ projects: [hidden('p')] }];
    const supports = open();
    expect(supports.known).toBe(false);
    await supports.fetch();
    await supports.fetch();

    expect(supports.known).toBe(true);
    expect(supports.of('p')).toBeDefined();
  });

  test('shows what one has taken back as taken back, also when nothing is left', async () => {
    answers = [{ projects: [hidden('p'), hidden('q')] }];
    const supports = open();
    await supports.fetch();

    supports.pledged(pledge('a', 'withdrawn'));
    supports.gave(gift('b', 'returned'));

    expect(waiting(supports.of('p')!)).toEqual({ cents: 0, smiles: 0 });
    expect(supports.of('p')?.mine.pledges[0]?.state).toBe('withdrawn');
    expect(waiting(supports.of('q')!)).toEqual({ cents: 2000, smiles: 3 });
  });

  test('is looked at again when news may have been lost', async () => {
    answers = [{ projects: [hidden('p')] }, { projects: [] }];
    const supports = open();
    await supports.fetch();

    tell('resync', { within_ms: 500 });
    await vi.runAllTimersAsync();

    expect(supports.all).toHaveLength(0);
  });

  test('is forgotten by who signs out', async () => {
    answers = [{ projects: [hidden('p')] }];
    const supports = open();
    await supports.fetch();

    tell('welcome', { member: null });

    expect(asked).toBe(1);
    expect(supports.all).toHaveLength(0);
  });

  test('is not asked for any more by who has left', async () => {
    const supports = open();
    tell('listing_gone', { id: 'p' });
    supports.leave();
    await vi.runAllTimersAsync();

    expect(asked).toBe(0);
    expect(listeners.size).toBe(0);
  });
});

test('what waits is what is promised and held, not what was received, withdrawn, given or returned', () => {
  const one = hidden(
    'p',
    [pledge('1'), pledge('2', 'received'), pledge('3', 'withdrawn'), pledge('4')],
    [gift('5'), gift('6', 'given'), gift('7', 'returned')],
  );

  expect(waiting(one)).toEqual({ cents: 4000, smiles: 3 });
});
