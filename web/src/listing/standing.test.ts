import { beforeEach, expect, test } from 'vitest';
import { language } from '../i18n/index.svelte';
import { closing } from './standing';

beforeEach(() => language.use('fr'));

test('what leaves the map is asked for in the words of its kind', () => {
  expect(closing({ kind: 'request' }).title).toMatch(/C’est réglé/);
  expect(closing({ kind: 'mag' }).title).toMatch(/Retirer ce mag/);
  expect(closing({ kind: 'mag' }).text).not.toContain('agendas');
  expect(closing({ kind: 'mag', starts_at: '2026-12-05T17:00:00Z' }).text).toContain('marquent annulé');
});
