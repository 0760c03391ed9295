/** Small things kept in this browser. A full or forbidden storage is no reason to stop. */

const PREFIX = 'onemile.';

/** What was kept under `key`, if it is still JSON. The caller checks its shape. */
export function recall(key: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(storage.getItem(PREFIX + key) ?? 'null');
  } catch {
    return null;
  }
}

/** Keep `value` under `key`; null forgets it. */
export function keep(key: string, value: unknown, storage: Storage = localStorage): void {
  try {
    if (value === null) storage.removeItem(PREFIX + key);
    else storage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private browsing, or no room left: it lives as long as the page does.
  }
}
