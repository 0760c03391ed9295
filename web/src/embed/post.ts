/** Asking our server without any cookie, also where this frame's site is ours. */
export async function post<T>(path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as T;
}
