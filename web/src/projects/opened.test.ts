import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import type { ProjectView } from '../api/types';
import type { AnyEvent, Listing, Message } from '../protocol';
import { newest, OpenedProject } from './opened.svelte';

const listing = { id: 'p', thread: 't', version: 3, progress: null } as unknown as Listing;
const viewOf = (version: number, updates: Message[] = []): ProjectView =>
  ({ listing: { ...listing, version }, updates, mine: { pledges: [], gifts: [] } }) as unknown as ProjectView;
const news = (id: string, change: number, state = 'visible'): Message =>
  ({ id, conversation: 't', seq: change, change, state, update: true }) as unknown as Message;

/** A server whose answers are queued, and a line on which events are told. */
class Town {
  answers: (ProjectView | Problem)[] = [];
  asked = 0;
  #listeners = new Map<string, (event: never) => void>();

  on = (type: string, listen: (event: never) => void) => {
    this.#listeners.set(type, listen);
    return () => void this.#listeners.delete(type);
  };
  tell(event: AnyEvent): void {
    this.#listeners.get(event.type)?.(event as never);
  }
  get = async () => {
    this.asked += 1;
    const answer = this.answers.shift();
    if (!answer || answer instanceof Problem) throw answer ?? new Problem('offline', '', 0);
    return answer;
  };
  async open(): Promise<OpenedProject> {
    const opened = new OpenedProject('p', { on: this.on } as never, { get: this.get } as never, () => 1000);
    await opened.fetch();
    return opened;
  }
}

let town: Town;
beforeEach(() => {
  vi.useFakeTimers();
  town = new Town();
});
afterEach(() => void vi.useRealTimers());

describe('an open project', () => {
  test('is asked for once after several changes, and not at once', async () => {
    town.answers = [viewOf(3), viewOf(6)];
    const opened = await town.open();

    for (const version of [4, 5, 6]) opened.heardOf(version);
    expect(town.asked).toBe(1);
    await vi.runAllTimersAsync();

    expect(town.asked).toBe(2);
    expect(opened.view?.listing.version).toBe(6);
  });

  test('is not asked for what is known already', async () => {
    town.answers = [viewOf(3)];
    const opened = await town.open();

    opened.heardOf(3);
    await vi.runAllTimersAsync();

    expect(town.asked).toBe(1);
  });

  test('shows news as they are told, newest first, and takes back what was taken back', async () => {
    town.answers = [viewOf(3, [news('one', 1)])];
    const opened = await town.open();
    const heard: string[] = [];
    opened.onnews = ({ id }) => heard.push(id);

    town.tell({ type: 'message', message: news('two', 2) });
    town.tell({ type: 'message', message: { ...news('talk', 3), update: false } });
    town.tell({ type: 'message', message: { ...news('elsewhere', 4), conversation: 'another' } });
    expect(opened.view?.updates.map(({ id }) => id)).toEqual(['two', 'one']);
    town.tell({ type: 'message', message: news('one', 5, 'deleted') });

    expect(opened.view?.updates.map(({ id }) => id)).toEqual(['two']);
    expect(heard).toEqual(['two']);
  });

  test('keeps what it shows when the line is lost', async () => {
    town.answers = [viewOf(3)];
    const opened = await town.open();

    await opened.fetch();

    expect([opened.view?.listing.version, opened.reason]).toEqual([3, '']);
  });

  test('is not asked for any more once it is left', async () => {
    town.answers = [viewOf(3)];
    const opened = await town.open();

    opened.heardOf(4);
    opened.leave();
    await vi.runAllTimersAsync();

    expect(town.asked).toBe(1);
  });
});

test('of a listing and its pin the newer one tells how far it has come', () => {
  expect(newest(listing, { version: 4 })).toMatchObject({ version: 4 });
  expect(newest(listing, { version: 3 })).toBe(listing);
  expect(newest(listing, undefined)).toBe(listing);
});
