import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import type { Photo } from '../protocol';
import { Upload, type KeptPhoto } from './upload.svelte';
import { Uploads, type UploadsOptions } from './uploads.svelte';

/** One photo that is on its way, and what the test lets become of it. */
interface Sent {
  id: string;
  body: Blob;
  told: (part: number) => void;
  signal: AbortSignal;
  arrives: () => void;
  fails: (problem: Problem) => void;
}

const OFFLINE = new Problem('offline', '', 0);
let sent: Sent[];
let uploads: Uploads;

const photoOf = (id: string): Photo => ({
  id,
  name: `name-of-${id}`,
  width: 640,
  height: 480,
  widths: [320, 640],
  placeholder: 'data:image/webp;base64,',
});
const file = (name: string) => new File([name], `${name}.jpg`, { type: 'image/jpeg' });
const states = () => uploads.list.map(({ state }) => state);
const names = () => uploads.list.map(({ name }) => name.replace('.jpg', ''));
/** Let what has been settled be noticed. */
const noticed = () => vi.advanceTimersByTimeAsync(0);

function begin(kept: readonly KeptPhoto[] = [], options: Partial<UploadsOptions> = {}): Uploads {
  return new Uploads(kept, {
    most: 4,
    prepare: async (chosen) => chosen,
    send: (id, body, { told, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        sent.push({ id, body, told, signal, arrives: () => resolve(photoOf(id)), fails: reject });
      }),
    ...options,
  });
}

async function choose(...chosen: string[]): Promise<number> {
  const left = uploads.add(chosen.map(file));
  await noticed();
  return left;
}

beforeEach(() => {
  vi.useFakeTimers();
  // jsdom has no addresses for files.
  URL.createObjectURL = () => 'blob:chosen';
  URL.revokeObjectURL = () => undefined;
  sent = [];
  uploads = begin();
});
afterEach(() => {
  uploads.leave();
  vi.useRealTimers();
});

test('two are sent at a time, in their order', async () => {
  await choose('a', 'b', 'c');
  expect(states()).toEqual(['sending', 'sending', 'queued']);

  sent[0]?.arrives();
  await noticed();

  expect(states()).toEqual(['sent', 'sending', 'sending']);
  expect(sent.map(({ id }) => id)).toEqual(uploads.list.map(({ id }) => id));
});

test('those that do not fit are not taken, and counted', async () => {
  const left = await choose('a', 'b', 'c', 'd', 'e', 'f');

  expect(left).toBe(2);
  expect(names()).toEqual(['a', 'b', 'c', 'd']);
  expect(uploads.room).toBe(0);
});

test('how much has gone is known of each and of all', async () => {
  await choose('a', 'b');

  sent[0]?.told(0.5);

  expect(uploads.list.map(({ part }) => part)).toEqual([0.5, 0]);
  expect(uploads.part).toBe(0.25);
});

test('a photo that was cut off goes again by itself, under its id and as the same bytes', async () => {
  await choose('a');
  const first = sent[0];

  first?.fails(OFFLINE);
  await noticed();
  expect(states()).toEqual(['cut']);
  await vi.advanceTimersByTimeAsync(60_000);

  expect(sent).toHaveLength(2);
  expect(sent[1]?.id).toBe(first?.id);
  expect(sent[1]?.body).toBe(first?.body);
});

test('a line that comes back is used at once', async () => {
  await choose('a');
  sent[0]?.fails(OFFLINE);
  await noticed();

  window.dispatchEvent(new Event('online'));
  await noticed();

  expect(states()).toEqual(['sending']);
});

test('a server that asks to wait is given the time', async () => {
  await choose('a');
  sent[0]?.fails(new Problem('too_many_requests', '', 429, undefined, [], 30));
  await noticed();

  await vi.advanceTimersByTimeAsync(29_000);
  expect(states()).toEqual(['cut']);
  await vi.advanceTimersByTimeAsync(2_000);

  expect(states()).toEqual(['sending']);
});

test('a refusal is said beside its photo, and the others go on', async () => {
  await choose('a', 'b');

  sent[0]?.fails(new Problem('photo_type', 'Ce n’est pas une photo.', 415));
  sent[1]?.arrives();
  await noticed();

  expect(states()).toEqual(['refused', 'sent']);
  expect(uploads.list[0]?.reason).toBe('Ce n’est pas une photo.');
  expect(uploads.choices.map(({ id }) => id)).toEqual([uploads.list[1]?.id]);
});

test('a file that is no photo is refused without being sent', async () => {
  uploads.leave();
  uploads = begin([], { prepare: () => Promise.reject(new Problem('photo_type', 'Pas une photo.', 415)) });

  await choose('a');

  expect(states()).toEqual(['refused']);
  expect(sent).toEqual([]);
});

test('what is stopped stays, and is sent when its member wants it', async () => {
  await choose('a');
  const one = uploads.list[0] as Upload;

  uploads.stop(one);
  await noticed();
  expect(sent[0]?.signal.aborted).toBe(true);
  expect(states()).toEqual(['stopped']);
  uploads.retry(one);
  await noticed();

  expect(sent.map(({ id }) => id)).toEqual([one.id, one.id]);
});

test('what was taken out comes back to where it was', async () => {
  await choose('a', 'b', 'c');

  const undo = uploads.remove(uploads.list[1] as Upload);
  await noticed();
  expect(names()).toEqual(['a', 'c']);
  undo();

  expect(names()).toEqual(['a', 'b', 'c']);
});

test('an id that is taken is given up for another one', async () => {
  await choose('a');
  const before = uploads.list[0]?.id;

  sent[0]?.fails(new Problem('id_taken', '', 409));
  await noticed();

  expect(states()).toEqual(['sending']);
  expect(sent[1]?.id).not.toBe(before);
  expect(sent[1]?.id).toBe(uploads.list[0]?.id);
});

test('photos change places, and no further than the ends', async () => {
  await choose('a', 'b', 'c');
  const [a, , c] = uploads.list as [Upload, Upload, Upload];

  expect(uploads.move(c, 0)).toBe(true);
  expect(uploads.move(a, 3)).toBe(false);

  expect(names()).toEqual(['c', 'a', 'b']);
});

test('who waits for all is told when the last one is there', async () => {
  await choose('a', 'b');
  const done = uploads.done();
  expect(uploads.awaited).toBe(true);

  sent[0]?.arrives();
  await noticed();
  expect(uploads.awaited).toBe(true);
  sent[1]?.arrives();

  expect(await done).toBe(true);
  expect(uploads.awaited).toBe(false);
});

test('who waits is told at once that one will not come', async () => {
  await choose('a', 'b');
  const done = uploads.done();

  sent[0]?.fails(new Problem('photo_type', '', 415));

  expect(await done).toBe(false);
  expect(uploads.blocked).toHaveLength(1);
});

test('who waits may think better of it, and the photos go on', async () => {
  await choose('a');
  const done = uploads.done();

  uploads.stopWaiting();

  expect(await done).toBe(false);
  expect(states()).toEqual(['sending']);
});

test('nobody waits for what is all there', async () => {
  expect(await uploads.done()).toBe(true);
});

test('a draft keeps what was sent, in its order, with its words', async () => {
  await choose('a', 'b');
  sent[0]?.arrives();
  sent[1]?.arrives();
  await noticed();
  const [a] = uploads.list as [Upload, Upload];
  a.alt = 'Un pommier';
  uploads.move(a, 1);
  const kept = JSON.parse(JSON.stringify(uploads.kept)) as KeptPhoto[];

  uploads.leave();
  uploads = begin(kept);

  expect(states()).toEqual(['sent', 'sent']);
  expect(names()).toEqual(['b', 'a']);
  expect(uploads.choices[1]).toEqual({ id: a.id, alt: 'Un pommier', caption: '' });
  expect(uploads.list[0]?.source).toMatch(/^\/photos\/name-of-.*-320\.webp$/);
});

test('a form that is left and entered again finds the files that were not sent', async () => {
  await choose('a');
  const { kept } = uploads;

  uploads.leave();
  uploads = begin(kept);
  await noticed();

  expect(states()).toEqual(['sending']);
});

test('after a reload no file is there any more: it says so, and takes it again', async () => {
  uploads.leave();
  uploads = begin([{ id: 'gone', file: 'banc.jpg', alt: 'Un banc', caption: '', photo: null }]);
  expect(states()).toEqual(['lost']);

  uploads.replace(uploads.list[0] as Upload, file('banc-2'));
  await noticed();

  expect(states()).toEqual(['sending']);
  expect(uploads.list[0]?.alt).toBe('Un banc');
});

test('nothing is sent before somebody has signed in', async () => {
  uploads.leave();
  let member = false;
  uploads = begin([], { allowed: () => member });
  await choose('a');
  expect(states()).toEqual(['queued']);

  member = true;
  uploads.go();
  await noticed();

  expect(states()).toEqual(['sending']);
});

test('a session that ends is no refusal: the photo waits for the next one', async () => {
  uploads.leave();
  let member = true;
  uploads = begin([], { allowed: () => member });
  await choose('a');

  member = false;
  sent[0]?.fails(new Problem('not_signed_in', '', 401));
  await noticed();

  expect(states()).toEqual(['queued']);
});

test('a photo that the server has no more says so, and is chosen again under its id', async () => {
  const kept = ['a', 'b'].map((id) => ({ id, file: '', alt: '', caption: '', photo: photoOf(id) }));
  uploads.leave();
  uploads = begin(kept, { isThere: ({ id }) => Promise.resolve(id === 'b') });

  await uploads.check();
  expect(states()).toEqual(['lost', 'sent']);
  uploads.replace(uploads.list[0] as Upload, file('a'));
  await noticed();

  expect(sent[0]?.id).toBe('a');
});
