import { beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '../api/client';
import type { ListingView } from '../api/types';
import type { AnyEvent, Listing } from '../protocol';
import { OpenedListing } from './opened.svelte';

const listing: Listing = {
  id: 'l',
  kind: 'request',
  title: 'Tondre la pelouse',
  category: 'garden',
  smiles: 3,
  state: 'open',
  lon: 7.3,
  lat: 47.7,
  precision: 'approximate',
  author: { id: 'ana', name: 'Ana', kind: 'individual' },
  created_at: '2026-11-23T10:00:00Z',
  expires_at: '2026-12-23T10:00:00Z',
  version: 3,
  text: 'Le gazon est haut.',
  thread: 't',
  edited_at: null,
  hidden: false,
};
const viewOf = (change: Partial<Listing> = {}): ListingView => ({
  listing: { ...listing, ...change },
  may: ['answer'],
  dialog: null,
  dialogs: [],
  thread_unread: 0,
});

/** A server whose answers are queued, and a line on which events are told. */
class Town {
  answers: (ListingView | Problem)[] = [];
  asked: string[] = [];
  #listeners = new Map<string, ((event: never) => void)[]>();

  on = (type: string, listen: (event: never) => void) => {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listen]);
    return () => {
      this.#listeners.set(
        type,
        (this.#listeners.get(type) ?? []).filter((one) => one !== listen),
      );
    };
  };
  tell(event: AnyEvent): void {
    for (const listen of this.#listeners.get(event.type) ?? []) listen(event as never);
  }
  #answer = async (path: string) => {
    this.asked.push(path);
    const answer = this.answers.shift();
    if (answer === undefined) throw new Problem('offline', '', 0);
    if (answer instanceof Problem) throw answer;
    return answer;
  };
  server = { get: this.#answer, post: this.#answer, patch: this.#answer, del: this.#answer } as never;
  open(): OpenedListing {
    return new OpenedListing('l', { on: this.on } as never, this.server);
  }
}

let town: Town;
beforeEach(() => (town = new Town()));
/** Everything that was answered has been taken in: answers need no timer, only turns of the loop. */
const settled = () => new Promise((turn) => setTimeout(turn, 0));

describe('an open listing', () => {
  test('shows what the server has', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();

    expect(opened.state).toBe('ready');
    expect(opened.view?.listing.title).toBe('Tondre la pelouse');
  });

  test('takes a newer version from the socket and no older one', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();

    town.tell({ type: 'listing', listing: { ...listing, version: 5, title: 'Tondre et tailler' } });
    town.tell({ type: 'listing', listing: { ...listing, version: 4, title: 'Ancien titre' } });

    expect(opened.view?.listing.title).toBe('Tondre et tailler');
  });

  test('is fetched again when its state changed, since rights changed with it', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();
    town.answers = [viewOf({ version: 4, state: 'done' })];

    town.tell({ type: 'listing', listing: { ...listing, version: 4, state: 'done' } });
    await settled();

    expect(opened.view?.listing.state).toBe('done');
    expect(town.asked).toHaveLength(2);
  });

  test('is fetched again when its thread was opened at a newer version', async () => {
    town.answers = [viewOf()];
    town.open();
    await settled();
    town.answers = [viewOf({ version: 9 })];

    town.tell({
      type: 'opened',
      conversation: 't',
      reset: false,
      messages: [],
      cursor: 0,
      earlier: false,
      reads: {},
      present: [],
      listing_version: 9,
    });
    await settled();

    expect(town.asked).toHaveLength(2);
  });

  test('that vanishes while open takes its words along, and leaves where one was writing', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();

    town.tell({ type: 'listing_gone', id: 'l' });

    expect(opened.state).toBe('gone');
    expect(opened.view).toBeNull();
    expect(opened.lost).toEqual(['t']);
  });

  test('that can be read again comes back', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();
    town.tell({ type: 'listing_gone', id: 'l' });
    town.answers = [viewOf({ version: 5 })];

    await opened.fetch();

    expect(opened.state).toBe('ready');
  });

  test('that was never there is missing', async () => {
    town.answers = [new Problem('not_found', 'Introuvable', 404)];
    const opened = town.open();
    await settled();

    expect(opened.state).toBe('missing');
  });

  test('keeps showing what it has when the line is lost', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();

    await opened.fetch();

    expect(opened.state).toBe('ready');
  });

  test('that somebody changed meanwhile is looked at again before it is changed', async () => {
    town.answers = [viewOf()];
    const opened = town.open();
    await settled();
    town.answers = [new Problem('stale', 'Modifiée entre-temps', 409), viewOf({ version: 4 })];

    await expect(opened.change({ state: 'in_progress' })).rejects.toMatchObject({ code: 'stale' });
    await settled();

    expect(opened.view?.listing.version).toBe(4);
    expect(opened.busy).toBe(false);
  });
});
