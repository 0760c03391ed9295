import { beforeEach, expect, test, vi } from 'vitest';
import { ANA } from '../live/fakes';
import { draft } from '../state/drafts';
import type { Entry } from './entry';
import { Rewording } from './rewording.svelte';

const entry = { id: 'm', author: ANA, text: 'À samedi', mine: true } as Entry;

beforeEach(() => localStorage.clear());

test('what is typed of a message outlives a failure, and is gone once it is saved', async () => {
  const save = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce(undefined);
  const rewording = new Rewording(save, () => undefined);
  rewording.start(entry);
  rewording.text = ' À dimanche ';

  await rewording.send();
  expect([rewording.entry, rewording.busy, draft('reword:m')]).toEqual([entry, false, ' À dimanche ']);

  await rewording.send();
  expect(save).toHaveBeenLastCalledWith('m', 'À dimanche');
  expect([rewording.entry, draft('reword:m')]).toEqual([null, '']);
});

test('what says the same as before is not saved', async () => {
  const save = vi.fn();
  const rewording = new Rewording(save, () => undefined);
  rewording.start(entry);

  await rewording.send();

  expect(save).not.toHaveBeenCalled();
  expect(rewording.entry).toBeNull();
});
