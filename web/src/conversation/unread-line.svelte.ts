/**
 * The line where the new begins: drawn on arriving, and again when something comes while nobody looks.
 *
 * More may be unread than is loaded. Then the line stands above what is, and goes further up with every
 * older page until it has found its place.
 */
import type { Entry } from './entry';
import { othersIn, readBefore } from './timeline';

export class UnreadLine {
  /** The line is drawn after this `seq`; null draws none. */
  after = $state<number | null>(null);
  #arrived = false;
  /** The newest `seq` that was here before. */
  #known = 0;
  #read = 0;
  /** How many were unread among what was there on arriving, as long as fewer are loaded. */
  #sought: { unread: number; upTo: number } | null = null;

  /**
   * The conversation is now `entries` (oldest first), of which `unread` were new on arriving. `seen` tells
   * whether the page is looked at. Returns what others have posted since the last time.
   */
  follow(entries: readonly Entry[], unread: number, seen: boolean): readonly Entry[] {
    const newest = entries.reduce((last, entry) => Math.max(last, entry.seq ?? 0), 0);
    if (!this.#arrived) this.#sought = { unread, upTo: newest };
    const before = this.#arrived ? this.#known : newest;
    this.#arrived = true;
    this.#known = Math.max(before, newest);
    this.#seek(entries);
    const fresh = entries.filter(
      (entry) => (entry.seq ?? 0) > before && !entry.mine && entry.state === 'visible',
    );
    const drawAnew = this.after === null || this.after < this.#read;
    if (fresh.length > 0 && !seen && drawAnew) this.#draw(this.#read || before);
    return fresh;
  }

  /** One has read up to `seq`. */
  read(seq: number): void {
    this.#read = Math.max(this.#read, seq);
  }

  /** Who answers has read: no line any more. */
  clear(): void {
    this.#draw(null);
  }

  #draw(after: number | null): void {
    this.after = after;
    this.#sought = null;
  }

  #seek(entries: readonly Entry[]): void {
    if (!this.#sought) return;
    const { unread, upTo } = this.#sought;
    const there = entries.filter((entry) => entry.seq !== null && entry.seq <= upTo);
    this.after = readBefore(there, unread);
    if (othersIn(there).length >= unread) this.#sought = null;
  }
}
