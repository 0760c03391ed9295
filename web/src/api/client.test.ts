import { expect, test } from 'vitest';
import { Api, Problem } from './client';

/** An Api whose server answers `body` with `status`; `asked` holds what came. */
function server(body: string, status: number, headers: Record<string, string> = {}) {
  const asked: { path: string; init: RequestInit }[] = [];
  const api = new Api((async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return new Response(status === 204 ? null : body, { status, headers });
  }) as typeof fetch);
  return { api, asked };
}

test('what is changed carries its idempotency key and the reader’s language', async () => {
  const { api, asked } = server('{"id":1}', 201);
  api.locale = 'en';

  await api.post('/api/listings', { title: 'Soup' }, { idempotencyKey: 'k' });

  const headers = asked[0]!.init.headers as Record<string, string>;
  expect(headers).toMatchObject({ 'Idempotency-Key': 'k', 'Accept-Language': 'en' });
  expect(asked[0]!.init.body).toBe('{"title":"Soup"}');
});

test('a refusal keeps its code, its words and the fields at fault', async () => {
  const problem = {
    code: 'invalid',
    title: 'À revoir',
    status: 422,
    errors: [{ field: 'title', code: 'short', title: 'Trop court' }],
  };
  const { api } = server(JSON.stringify(problem), 422, { 'Retry-After': '7' });

  const failure = await api.post('/api/listings', {}).catch((thrown: unknown) => thrown);

  expect(failure).toBeInstanceOf(Problem);
  expect(failure).toMatchObject({ code: 'invalid', title: 'À revoir', status: 422, retryAfter: 7 });
  expect((failure as Problem).of('title')).toBe('Trop court');
  expect((failure as Problem).of('text')).toBeUndefined();
});

test('a proxy’s error page is a problem too', async () => {
  const { api } = server('<h1>502 Bad Gateway</h1>', 502);

  await expect(api.get('/api/inbox')).rejects.toMatchObject({ code: 'unknown', status: 502 });
});

test('no answer at all is the problem `offline`', async () => {
  const api = new Api((() => Promise.reject(new TypeError('Failed to fetch'))) as typeof fetch);

  await expect(api.get('/api/inbox')).rejects.toMatchObject({ code: 'offline', status: 0 });
});

test('an answer without a body is no failure', async () => {
  const { api } = server('', 204);

  await expect(api.del('/api/session')).resolves.toBeUndefined();
});

test('who is no longer signed in learns it', async () => {
  const { api } = server('{"code":"sign_in"}', 401);
  let told = 0;
  api.onsignedout = () => (told += 1);

  await api.get('/api/inbox').catch(() => undefined);

  expect(told).toBe(1);
});

test('a request that was given up is not a problem', async () => {
  const giving = new AbortController();
  const api = new Api(
    ((_: string, init: RequestInit) =>
      new Promise((_, reject) =>
        init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
      )) as typeof fetch,
  );
  const asked = api.get('/api/places', { signal: giving.signal });

  giving.abort();

  await expect(asked).rejects.not.toBeInstanceOf(Problem);
});
