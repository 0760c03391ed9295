import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { draft, keepDraft } from '../state/drafts';
import { Kept } from './kept.svelte';

type Note = { text: string };
const open: Kept<Note>[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  for (const kept of open.splice(0)) kept.leave();
  vi.useRealTimers();
});

function note(): Kept<Note> {
  const kept = new Kept<Note>(
    'note',
    (found) => ({ text: (found as Note | undefined)?.text ?? '' }),
    (value) => value.text !== '',
  );
  open.push(kept);
  return kept;
}

test('what was typed is there after a reload', () => {
  note().value.text = 'Bonjour';
  flushSync();
  vi.runAllTimers();

  expect(note().value.text).toBe('Bonjour');
});

test('what was typed last is kept when the page goes away', () => {
  note().value.text = 'Bonj';

  window.dispatchEvent(new Event('pagehide'));

  expect(draft('note')).toContain('Bonj');
});

test('an empty value leaves no draft behind', () => {
  const kept = note();
  kept.value.text = 'x';
  kept.save();
  kept.value.text = '';
  kept.save();

  expect(draft('note')).toBe('');
});

test('a draft that was published stays forgotten when its page goes away with it', () => {
  const kept = note();
  let shown = $state(true);
  const stop = $effect.root(() => {
    $effect(() => {
      if (shown) return () => kept.leave();
    });
  });
  kept.value.text = 'Bonjour';
  flushSync();

  kept.forget({ text: '' });
  shown = false;
  flushSync();

  expect(draft('note')).toBe('');
  stop();
});

test('a draft that another tab has published is told of', () => {
  const kept = note();
  kept.ontaken = vi.fn();

  window.dispatchEvent(new StorageEvent('storage', { key: 'onemile.draft.note', newValue: null }));

  expect(kept.ontaken).toHaveBeenCalledOnce();
});

test('a draft that is no JSON is no draft', () => {
  keepDraft('note', '{');

  expect(note().value.text).toBe('');
});
