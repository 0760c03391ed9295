import { expect, test } from 'vitest';
import { LAYER } from '../protocol';
import { feedAddress, frame } from './addresses';

const ORIGIN = 'https://1mile.example';
const CELL = '50977-45310';

test('a mile is followed by its cell, with the layers that are shown', () => {
  const mile = { kind: 'mile', cell: CELL, layers: ['request', 'offer'] } as const;

  expect(feedAddress(ORIGIN, mile, 'atom', 'fr')).toBe(
    'https://1mile.example/feeds/mile/50977-45310.atom?layers=request,offer',
  );
});

test('what is usual is left out of the address', () => {
  const mile = { kind: 'mile', cell: CELL, layers: LAYER } as const;

  expect(feedAddress(ORIGIN, mile, 'ics', 'fr')).toBe('https://1mile.example/feeds/mile/50977-45310.ics');
  expect(feedAddress(ORIGIN, { kind: 'members', id: 'x' }, 'geojson', 'en')).toBe(
    'https://1mile.example/feeds/members/x.geojson?locale=en',
  );
});

test('a calendar of a mile is of all its layers: events are on one that is not shown at first', () => {
  const mile = { kind: 'mile', cell: CELL, layers: ['request', 'offer'] } as const;

  expect(feedAddress(ORIGIN, mile, 'ics', 'fr')).toBe('https://1mile.example/feeds/mile/50977-45310.ics');
});

test('a frame has a title, waits until it is in sight, and its address is well-formed HTML', () => {
  const mile = { kind: 'mile', cell: CELL, layers: ['mag'] } as const;

  const html = frame(ORIGIN, mile, 'Chez "nous" & vous', 'fr');

  expect(html).toContain('title="Chez &quot;nous&quot; &amp; vous"');
  expect(html).toContain('loading="lazy"');
  expect(html).toContain('src="https://1mile.example/embed?cell=50977-45310&amp;layers=mag&amp;locale=fr"');
});
