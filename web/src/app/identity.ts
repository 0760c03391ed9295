/**
 * The socket must speak for who is signed in.
 *
 * A handshake carries the cookie of the moment it began: somebody who signs in or out meanwhile, here or in
 * another tab, would go on with a socket that speaks for who they were. So each side is checked against the
 * other whenever either of them speaks, and the socket begins anew until both say the same.
 */
import type { LiveSocket } from '../live/socket';
import type { Person } from '../protocol';

/** Who is signed in, as far as this page knows. */
export interface Who {
  /** The server has said it. */
  readonly known: boolean;
  readonly member: Person | null;
  /** Ask the server. */
  load(): Promise<void>;
}

// A browser that sends its cookie with one and not with the other must not make a storm of it.
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export class Identity {
  /** Whom the present socket speaks for; undefined before the first welcome. */
  #spokenFor: string | null | undefined;
  /** How often in a row the socket came back as somebody else. */
  #apart = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: Pick<LiveSocket, 'on' | 'restart'>,
    private readonly who: Who,
  ) {
    socket.on('welcome', (event) => void this.#welcomed(event.member));
  }

  /** Somebody else (or nobody) is signed in now. */
  changed(): void {
    // Before the first welcome there is nothing to compare with: it will tell.
    if (this.#spokenFor !== undefined && !this.#agrees()) this.#restart();
  }

  async #welcomed(person: Person | null): Promise<void> {
    clearTimeout(this.#pause);
    const member = (this.#spokenFor = person?.id ?? null);
    if (!this.who.known) return;
    if (this.#agrees()) {
      this.#apart = 0;
      // Changed on another device, or by moderators: what the page knows of them is of before.
      if (looksOther(person, this.who.member)) await this.who.load();
      return;
    }
    // Either may be right: a session ends elsewhere too. The server knows.
    await this.who.load();
    if (this.#spokenFor !== member || this.#agrees()) return;
    if (this.#apart++ === 0) return this.#restart();
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#apart - 2));
    this.#pause = setTimeout(() => !this.#agrees() && this.#restart(), pause);
  }

  #agrees(): boolean {
    return this.#spokenFor === (this.who.member?.id ?? null);
  }

  #restart(): void {
    clearTimeout(this.#pause);
    this.socket.restart();
  }
}

/** Whether others see a member by another name, kind or photo than this page knows. */
function looksOther(person: Person | null, known: Who['member']): boolean {
  const { name, kind, avatar = null } = person ?? {};
  return name !== known?.name || kind !== known?.kind || avatar !== (known?.avatar ?? null);
}
