import { expect, test } from 'vitest';
import type { FeedItem } from '../protocol';
import { matches } from './filter';

const item: FeedItem = {
  kind: 'message',
  id: 'm',
  listing: { id: 'l', kind: 'request', title: 'Réparer un vélo', state: 'open' },
  author: { id: 'a', name: 'Zoé Müller', kind: 'individual' },
  text: 'J’ai des rustines, passez demain.',
  lon: 7.3,
  lat: 47.7,
  hidden: false,
  created_at: '2026-11-23T10:00:00Z',
  version: 1,
};

test('accents and capitals do not matter', () => {
  expect(matches(item, 'VELO')).toBe(true);
  expect(matches(item, 'muller')).toBe(true);
});

test('every word has to be somewhere', () => {
  expect(matches(item, 'rustines zoe')).toBe(true);
  expect(matches(item, 'rustines tondeuse')).toBe(false);
});

test('no words leave everything', () => {
  expect(matches(item, '  ')).toBe(true);
});
