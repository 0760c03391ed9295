import { beforeEach, expect, test } from 'vitest';
import { Problem } from '../api/client';
import { attemptFor } from '../forms/attempt';
import { BO, DIALOG, exchange } from '../live/fakes';
import type { Exchange } from '../protocol';
import { begun, propose } from './proposal';

const { id } = exchange({});
const BODY = { id, helper: BO.id, smiles: 3, agreed_for: null, note: '' };
const FORM = { helper: 'me', smiles: 3, day: '', time: '', note: '' } as const;

/** A server with the rules of proposing: keys, ids, versions. It may lose its answers. */
class Street {
  exchanges = new Map<string, Exchange>();
  answers = new Map<string, { sent: string; after: Exchange }>();
  losing = false;

  async post<T>(_path: string, body: unknown, asking?: { idempotencyKey?: string }): Promise<T> {
    const draft = body as typeof BODY;
    return this.#once(body, asking, () => {
      const there = this.exchanges.get(draft.id);
      if (there && there.smiles !== draft.smiles) throw new Problem('id_taken', '', 409);
      return there ?? exchange({ id: draft.id, smiles: draft.smiles, note: draft.note });
    });
  }
  async get<T>(): Promise<T> {
    return { exchanges: [...this.exchanges.values()] } as T;
  }
  async patch<T>(_path: string, body: unknown, asking?: { idempotencyKey?: string }): Promise<T> {
    const { version, ...change } = body as { version: number };
    return this.#once(body, asking, () => {
      const there = this.exchanges.get(id)!;
      if (there.version !== version) throw new Problem('changed_meanwhile', '', 409);
      return { ...there, ...change, version: version + 1 };
    });
  }

  #once<T>(body: unknown, asking: { idempotencyKey?: string } | undefined, act: () => Exchange): T {
    const key = asking?.idempotencyKey ?? '';
    const sent = JSON.stringify(body);
    const known = this.answers.get(key);
    if (known && known.sent !== sent) throw new Problem('idempotency_key_reused', '', 409);
    const after = known?.after ?? act();
    this.answers.set(key, { sent, after });
    this.exchanges.set(after.id, after);
    if (this.losing) throw new Problem('offline', '', 0);
    return after as T;
  }
}

let street: Street;
beforeEach(() => (street = new Street()));

test('after a lost answer the same words are sent under the same key, and stand once', async () => {
  street.losing = true;
  const first = attemptFor(BODY, null);
  await expect(propose(street, DIALOG, BODY, first)).rejects.toMatchObject({ code: 'offline' });

  street.losing = false;
  const second = attemptFor(BODY, first);
  const after = await propose(street, DIALOG, BODY, second);

  expect(second.key).toBe(first.key);
  expect(after.version).toBe(1);
  expect(street.exchanges.size).toBe(1);
});

test('after a lost answer other words amend the proposal that stands there already', async () => {
  street.losing = true;
  const first = attemptFor(BODY, null);
  await expect(propose(street, DIALOG, BODY, first)).rejects.toThrow();

  street.losing = false;
  const more = { ...BODY, smiles: 5 };
  const after = await propose(street, DIALOG, more, attemptFor(more, first));

  expect(after).toMatchObject({ smiles: 5, version: 2 });
  expect(street.exchanges.size).toBe(1);
});

test('an id that is taken elsewhere is a refusal', async () => {
  const refusing = {
    ...street,
    post: () => Promise.reject(new Problem('id_taken', '', 409)),
    get: () => street.get(),
    patch: () => Promise.reject(new Error('nothing to amend')),
  };

  await expect(propose(refusing as never, DIALOG, BODY, attemptFor(BODY, null))).rejects.toMatchObject({
    code: 'id_taken',
  });
});

test('a kept draft keeps its id and its try; what is none begins anew', () => {
  const attempt = { key: 'k', sent: '{}' };

  expect(begun({ id, form: { smiles: 7 }, attempt }, FORM)).toEqual({
    id,
    form: { ...FORM, smiles: 7 },
    attempt,
  });
  expect(begun({ id: 'nonsense' }, FORM)).toMatchObject({ form: FORM, attempt: null });
  expect(begun(undefined, FORM).id).not.toBe(begun(undefined, FORM).id);
});
