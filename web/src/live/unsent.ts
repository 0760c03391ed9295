/**
 * Where unsent messages are kept: the browser's storage, each under its own id, so that two tabs never
 * overwrite each other's.
 */

/** `failed`: the server refused it, and says why in `reason`; it waits for `retry` or `discard`. */
export interface Draft {
  readonly id: string;
  readonly conversation: string;
  /** Who wrote it: another member on this browser neither sees nor sends it. */
  readonly member: string;
  readonly text: string;
  readonly at: string;
  readonly state: 'queued' | 'sending' | 'failed';
  readonly code?: string;
  readonly reason?: string;
}

const PREFIX = 'onemile.outgoing.';

export class Unsent {
  /** Called when another tab has kept or forgotten one. */
  onelsewhere: (() => void) | undefined;

  constructor(private readonly storage: Storage) {
    window.addEventListener('storage', (event) => {
      if (event.key?.startsWith(PREFIX)) this.onelsewhere?.();
    });
  }

  /** What `member` has written and the server has not acknowledged. */
  of(member: string | undefined): Draft[] {
    return Object.keys(this.storage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => draftOf(this.storage.getItem(key)))
      .filter((draft) => draft !== undefined)
      .filter((draft) => draft.member === member);
  }

  keep(draft: Draft): void {
    try {
      this.storage.setItem(PREFIX + draft.id, JSON.stringify(draft));
    } catch {
      // Storage full or forbidden: the draft still lives as long as the page does.
    }
  }

  forget(id: string): void {
    this.storage.removeItem(PREFIX + id);
  }
}

/** `draft` as it waits for another try. */
export function queuedAgain({ id, conversation, member, text, at }: Draft): Draft {
  return { id, conversation, member, text, at, state: 'queued' };
}

function draftOf(json: string | null): Draft | undefined {
  try {
    const draft = JSON.parse(json ?? 'null') as Draft | null;
    return draft && typeof draft.id === 'string' && typeof draft.text === 'string' ? draft : undefined;
  } catch {
    return undefined;
  }
}
