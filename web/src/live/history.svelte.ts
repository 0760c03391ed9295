/**
 * The messages of one conversation, counted: `cursor` says "I have every change up to here".
 *
 * A change that is the next one moves the cursor by one; one that has overtaken another is shown but does
 * not move it, until the missing one is here too.
 *
 * Who has left 1Mile is called otherwise since, which one of their messages tells: an author is who they are in
 * the newest change of theirs, in all their messages.
 */
import type { Message, Person } from '../protocol';

export class History {
  /** In their order. */
  messages = $state.raw<readonly Message[]>([]);
  /** Older ones exist. */
  earlier = $state(false);
  /** Everything up to this change is here; -1 before the first answer. */
  cursor = $state(-1);
  #byId = new Map<string, Message>();
  #ahead = new Set<number>();
  /** Who wrote, as of which change. */
  #authors = new Map<string, { person: Person; change: number }>();

  /** Take one change; at or below the cursor it is here already, or older than the page shown. */
  count(message: Message): void {
    if (message.change <= this.cursor) return;
    this.keep(message);
    this.#ahead.add(message.change);
  }

  /** Keep the newer of two states of a message: an edit may overtake the post, a deletion the edit. */
  keep(message: Message): void {
    this.#learn(message);
    const known = this.#byId.get(message.id);
    if (!known && this.#isBeforeThePage(message)) return;
    if (message.change >= (known?.change ?? -1)) this.#byId.set(message.id, this.#named(message));
  }

  /** Move the cursor over every change that is here without a gap; whether none is missing then. */
  catchUp(): boolean {
    while (this.#ahead.delete(this.cursor + 1)) this.cursor += 1;
    for (const change of this.#ahead) if (change <= this.cursor) this.#ahead.delete(change);
    return this.#ahead.size === 0;
  }

  /** Let in a page of older messages. */
  prepend(page: { messages: readonly Message[]; earlier: boolean }): void {
    // Whatever is older than the oldest one shown is let in by this page.
    this.earlier = false;
    for (const message of page.messages) this.keep(message);
    this.earlier = page.earlier;
    this.publish();
  }

  /** Take the newest page, which came without the count of its changes: the next `open` counts again. */
  latest(page: { messages: readonly Message[]; earlier: boolean }): void {
    const last = this.messages.at(-1)?.seq ?? -1;
    const oldest = page.messages[0]?.seq ?? 0;
    // More has come than a page holds: what lies between must not look as if it were nothing.
    if (last < 0 || (page.earlier && oldest > last + 1)) {
      this.forget();
      this.earlier = page.earlier;
    }
    for (const message of page.messages) this.keep(message);
    this.publish();
  }

  /** Show what was kept. */
  publish(): void {
    this.messages = [...this.#byId.values()].sort((a, b) => a.seq - b.seq);
  }

  forget(): void {
    this.#byId.clear();
    this.#ahead.clear();
    this.#authors.clear();
    [this.cursor, this.earlier, this.messages] = [-1, false, []];
  }

  /** Who its author is by now, if nothing newer has told; then so in all that they wrote. */
  #learn({ author, change }: Message): void {
    const known = this.#authors.get(author.id);
    if (known && known.change > change) return;
    this.#authors.set(author.id, { person: author, change });
    if (!known || same(known.person, author)) return;
    for (const [id, message] of this.#byId)
      if (message.author.id === author.id) this.#byId.set(id, { ...message, author });
  }

  #named(message: Message): Message {
    const author = this.#authors.get(message.author.id)?.person;
    return !author || same(author, message.author) ? message : { ...message, author };
  }

  /** An edit of a message from before what is shown; kept, it would stand there with a gap after it. */
  #isBeforeThePage(message: Message): boolean {
    const oldest = this.messages[0]?.seq;
    return this.earlier && oldest !== undefined && message.seq < oldest;
  }
}

const same = (one: Person, other: Person) =>
  one.name === other.name && one.kind === other.kind && (one.avatar ?? null) === (other.avatar ?? null);
