import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { draft, keepDraft } from '../state/drafts';
import { waitingForms } from './drafted';
import { Drafts } from './drafts.svelte';

const open: Drafts[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  for (const drafts of open.splice(0)) drafts.leave();
  vi.useRealTimers();
});

function drafts(ontaken: () => void = () => undefined): Drafts {
  open.push(new Drafts(ontaken));
  return open.at(-1)!;
}

function settle(): void {
  flushSync();
  vi.runAllTimers();
}

test('what one asks for turns into an offer with the same words, and a mag has its own', () => {
  const writing = drafts();
  writing.choose('request');
  writing.kept.value.form.title = 'Une échelle';
  const id = writing.kept.value.id;

  writing.choose('mag');
  expect(writing.kept.value.form).toMatchObject({ kind: 'mag', title: '' });
  expect(writing.kept.value.id).not.toBe(id);
  writing.choose('offer');

  expect(writing.kept.value).toMatchObject({ id, form: { kind: 'offer', title: 'Une échelle' } });
});

test('after a reload one goes on with the kind one was writing, and the other draft waits', () => {
  const before = drafts();
  before.choose('request');
  before.kept.value.form.title = 'Une échelle';
  settle();
  before.choose('mag');
  before.kept.value.form.title = 'Le bal';
  settle();

  const after = drafts();

  expect([after.kind, after.kept.value.form.title]).toEqual(['mag', 'Le bal']);
  expect(waitingForms().map((form) => form.title)).toEqual(['Une échelle', 'Le bal']);
});

test('a draft that is done with leaves the other one alone, and one is asked again', () => {
  const writing = drafts();
  writing.choose('mag');
  writing.kept.value.form.title = 'Le bal';
  settle();

  writing.forget();
  settle();

  expect(writing.kind).toBe(null);
  expect(draft('publish:mag')).toBe('');
  expect(drafts().kind).toBe(null);
});

test('it is told of the draft that another tab took, whichever is being written', () => {
  const taken: string[] = [];
  open.push(new Drafts((kept) => void taken.push(kept.key)));

  window.dispatchEvent(new StorageEvent('storage', { key: 'onemile.draft.publish:mag', newValue: null }));

  expect(taken).toEqual(['publish:mag']);
});

test('a draft of an earlier release is there still', () => {
  keepDraft(
    'publish',
    JSON.stringify({ id: '01930000-0000-7000-8000-0000000000f1', form: { kind: 'offer', title: 'Soupe' } }),
  );

  expect(drafts().kept.value.form).toMatchObject({ kind: 'offer', title: 'Soupe', starts: { day: '' } });
});
