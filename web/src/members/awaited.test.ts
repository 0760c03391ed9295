import { beforeEach, expect, test } from 'vitest';
import { awaitedMail, awaitMail } from './awaited';

const MINUTE_MS = 60_000;
beforeEach(() => sessionStorage.clear());

test('the mail one waits for is waited for after a reload, at the door that asked for it', () => {
  awaitMail({ purpose: 'join', email: 'ana@example.org' });

  expect(awaitedMail('join')).toEqual({ purpose: 'join', email: 'ana@example.org' });
  expect(awaitedMail('link')).toBeNull();
});

test('after half an hour nobody waits any more', () => {
  awaitMail({ purpose: 'link', email: 'ana@example.org' }, 0);

  expect(awaitedMail('link', 29 * MINUTE_MS)).not.toBeNull();
  expect(awaitedMail('link', 31 * MINUTE_MS)).toBeNull();
});

test('who has come in waits for nothing', () => {
  awaitMail({ purpose: 'link', email: 'ana@example.org' });

  awaitMail(null);

  expect(awaitedMail()).toBeNull();
});
