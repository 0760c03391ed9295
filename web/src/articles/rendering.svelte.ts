/**
 * How Markdown will look, as the server renders it for members: asked for in a pause of the typing, and of several
 * answers only the last one asked for counts.
 */
import { Problem, type Api } from '../api/client';
import { problemText } from '../i18n/problem';
import type { LiveSocket } from '../live/socket';

const PAUSE_MS = 350;
/** The server answers 60 times a minute. */
const EVERY_MS = 1100;

export class Rendering {
  /** The last answer; '' before the first one. */
  html = $state('');
  /**
   * What `html` is of what was asked: on its way, as asked, or older, since no answer came; `unknown`: nobody
   * is signed in whom the server would answer.
   */
  state = $state<'blank' | 'waiting' | 'ready' | 'away' | 'refused' | 'unknown'>('blank');
  /** Why the server would not, in the reader's language. */
  reason = $state('');
  #text = '';
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  #stop: () => void;

  constructor(
    private readonly server: Pick<Api, 'post'>,
    socket: Pick<LiveSocket, 'on'>,
  ) {
    // The line is back: ask what could not be asked.
    this.#stop = socket.on('welcome', () => {
      if (this.state === 'away') void this.#ask();
    });
  }

  /** Show `text` from now on; `known` says whether a member is signed in. */
  show(text: string, known = true): void {
    const trimmed = text.trim();
    if (trimmed === this.#text && (this.state !== 'unknown' || !known)) return;
    const first = this.#text === '';
    this.#text = trimmed;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (trimmed === '') {
      [this.html, this.state] = ['', 'blank'];
      return;
    }
    this.state = known ? 'waiting' : 'unknown';
    if (!known) return;
    const free = this.#askedAt + EVERY_MS - Date.now();
    this.#timer = setTimeout(() => void this.#ask(), Math.max(first ? 0 : PAUSE_MS, free));
  }

  /** Ask no more. */
  leave(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#askedAt = Date.now();
    try {
      const { html } = await this.server.post<{ html: string }>(
        '/api/articles/preview',
        { text: this.#text },
        { signal: asking.signal },
      );
      if (asking.signal.aborted) return;
      [this.html, this.state] = [html, 'ready'];
    } catch (failure) {
      if (asking.signal.aborted) return;
      this.state = failure instanceof Problem && failure.status > 0 ? 'refused' : 'away';
      this.reason = problemText(failure);
    }
  }
}
