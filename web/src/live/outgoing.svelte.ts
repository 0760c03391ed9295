/**
 * Messages on their way out, kept until the server has acknowledged them.
 *
 * Each is written to the browser's storage under its own id before anything else, so that neither a
 * reload nor a flat battery loses one, and two tabs never overwrite each other's. They leave in order,
 * one at a time per conversation. Sent twice, a message exists once: the id is its identity.
 *
 * A first message to a listing's author waits under `firstTo(listing)` until their dialog exists: asked
 * for twice, it is the same dialog, so a lost answer doubles nothing here either.
 */
import { Problem } from '../api/client';
import type { Message } from '../protocol';
import { newId } from './ids';
import { LineLost, Refusal } from './questions';
import type { LiveSocket } from './socket';
import { queuedAgain, Unsent, type Draft } from './unsent';

export type { Draft } from './unsent';

const FIRST = 'dialog:';

/** Where one's messages to the author of `listing` go while there is no dialog yet. */
export function firstTo(listing: string): string {
  return FIRST + listing;
}

/** Refusals that a little patience cures. */
const LATER = new Set(['too_many', 'too_fast', 'unavailable', 'flood']);
const LATER_MS = 5_000;

export class Outgoing {
  /** Everything of the present member that is not acknowledged yet, oldest first. */
  drafts = $state.raw<readonly Draft[]>([]);
  /** How many wait for the line. */
  queued = $derived(this.drafts.filter((draft) => draft.state !== 'failed').length);
  /** The dialogs that first messages have made, by listing. */
  opened = $state.raw<Readonly<Record<string, string>>>({});
  /** Called when the server has stored a message. */
  onsent: ((message: Message) => void) | undefined;
  #member: string | undefined;
  #busy = new Set<string>();
  readonly #unsent: Unsent;
  /** The line is away, and REST is tried instead. */
  #detours = false;

  constructor(
    private readonly socket: LiveSocket,
    storage: Storage,
    /** Makes the dialog with the author of a listing, or finds it; rejects with `Problem`. */
    private readonly dialogUnder: (listing: string) => Promise<string> = () =>
      Promise.reject(new Problem('not_found', '', 404)),
    /** Stores a message without the socket; rejects with `Problem`. */
    private readonly post: (draft: Draft) => Promise<Message> = () =>
      Promise.reject(new Problem('offline', '', 0)),
  ) {
    this.#unsent = new Unsent(storage);
    socket.on('welcome', (event) => {
      this.#detours = false;
      this.identify(event.member?.id);
      this.flush();
    });
    this.#unsent.onelsewhere = () => this.#load();
  }

  /** Whose messages these are, from now on; nobody's with `undefined`. */
  identify(member: string | undefined): void {
    if (this.#member === member) return;
    this.#member = member;
    this.opened = {};
    this.#load();
  }

  /** Post `text`; it shows at once as `queued`. Needs a member. */
  add(conversation: string, text: string): Draft {
    if (!this.#member) throw new Error('only a member can post');
    const draft: Draft = {
      id: newId(),
      conversation: this.#madeUnder(conversation),
      member: this.#member,
      text,
      at: new Date().toISOString(),
      state: 'queued',
    };
    this.#keep(draft);
    void (this.#detours ? this.detour() : this.#send(draft.conversation));
    return draft;
  }

  /** The dialog with the author of `listing`, made if there is none yet. Rejects with `Problem`. */
  async begin(listing: string): Promise<string> {
    const dialog = this.opened[listing] ?? (await this.dialogUnder(listing));
    this.opened = { ...this.opened, [listing]: dialog };
    for (const draft of this.of(firstTo(listing))) this.#keep({ ...draft, conversation: dialog });
    void this.#send(dialog);
    return dialog;
  }

  /** The drafts of one conversation, in the order they were written. */
  of(conversation: string): readonly Draft[] {
    return this.drafts.filter((draft) => draft.conversation === conversation);
  }

  /** Try a failed one again. */
  retry(id: string): void {
    const draft = this.drafts.find((one) => one.id === id);
    if (draft?.state !== 'failed') return;
    this.#keep(queuedAgain(draft));
    void this.#send(draft.conversation);
  }

  /** Give a failed one up. */
  discard(id: string): void {
    this.#forget(id);
  }

  /** Send what is queued; called whenever the line is back. */
  flush(): void {
    for (const conversation of new Set(this.drafts.map((draft) => draft.conversation)))
      void this.#send(conversation);
  }

  /** Send what is queued without the socket, which has been away for a while. */
  async detour(): Promise<void> {
    this.#detours = true;
    for (const draft of this.drafts) {
      if (draft.state !== 'queued' || this.#busy.has(draft.conversation)) continue;
      if (this.socket.state === 'online' || !(await this.#postOne(draft))) return;
    }
  }

  /** The server told of this message by another way: it is stored. */
  acknowledge(message: Message): void {
    if (this.drafts.some((draft) => draft.id === message.id)) this.#forget(message.id);
  }

  async #send(conversation: string): Promise<void> {
    if (this.#busy.has(conversation)) return;
    this.#busy.add(conversation);
    try {
      if (conversation.startsWith(FIRST)) return await this.#begin(conversation);
      for (;;) {
        const next = this.of(conversation).find((draft) => draft.state !== 'failed');
        if (!next || this.socket.state !== 'online') return;
        if (!(await this.#sendOne(next))) return;
      }
    } finally {
      this.#busy.delete(conversation);
    }
  }

  #madeUnder(conversation: string): string {
    return this.opened[conversation.slice(FIRST.length)] ?? conversation;
  }

  /** Have the dialog made that `first` waits for, and send in it what waits. */
  async #begin(first: string, byRest = false): Promise<void> {
    const listing = first.slice(FIRST.length);
    const waiting = () => this.of(first).filter((draft) => draft.state !== 'failed');
    if (waiting().length === 0 || (this.socket.state !== 'online' && !byRest)) return;
    try {
      await this.begin(listing);
    } catch (failure) {
      const problem = failure instanceof Problem ? failure : new Problem('unknown', '', 400);
      const { code, title } = problem;
      // No answer, or "later": it waits for the next welcome, or a little.
      if (isForLater(problem)) setTimeout(() => this.flush(), LATER_MS);
      else for (const draft of waiting()) this.#keep({ ...draft, state: 'failed', code, reason: title });
    }
  }

  /** Send `draft`; says whether the next one may follow. */
  async #sendOne(draft: Draft): Promise<boolean> {
    this.#keep({ ...draft, state: 'sending' });
    try {
      const { id, conversation, text } = draft;
      const answer = await this.socket.request({ type: 'send', conversation, id, text });
      if (answer.type === 'sent') this.onsent?.(answer.message);
      this.#forget(id);
      return true;
    } catch (failure) {
      if (!this.drafts.some((one) => one.id === draft.id)) return true;
      if (failure instanceof LineLost || this.#curable(failure)) {
        this.#keep(queuedAgain(draft));
        return false;
      }
      const refusal = failure instanceof Refusal ? failure : new Refusal('unknown', '');
      this.#keep({ ...draft, state: 'failed', code: refusal.code, reason: refusal.title });
      return true;
    }
  }

  /** Post `draft` by REST; says whether an answer came. It stays `queued` meanwhile: sent twice, it exists once. */
  async #postOne(draft: Draft): Promise<boolean> {
    if (draft.conversation.startsWith(FIRST)) {
      await this.#begin(draft.conversation, true);
      const begun = this.drafts.find((one) => one.id === draft.id && one.conversation !== draft.conversation);
      return begun !== undefined && this.#postOne(begun);
    }
    try {
      const message = await this.post(draft);
      this.#forget(draft.id);
      this.onsent?.(message);
      return true;
    } catch (failure) {
      const problem = failure instanceof Problem ? failure : new Problem('unknown', '', 400);
      if (isForLater(problem)) return false;
      this.#keep({ ...draft, state: 'failed', code: problem.code, reason: problem.title });
      return true;
    }
  }

  #curable(failure: unknown): boolean {
    if (!(failure instanceof Refusal) || !LATER.has(failure.code)) return false;
    setTimeout(() => this.flush(), LATER_MS);
    return true;
  }

  #keep(draft: Draft): void {
    const known = this.drafts.some((one) => one.id === draft.id);
    this.drafts = known
      ? this.drafts.map((one) => (one.id === draft.id ? draft : one))
      : [...this.drafts, draft];
    this.#unsent.keep(draft);
  }

  #forget(id: string): void {
    this.drafts = this.drafts.filter((draft) => draft.id !== id);
    this.#unsent.forget(id);
  }

  /** Take over what is stored, keeping what this page is sending right now. */
  #load(): void {
    const sending = new Map(this.drafts.map((draft) => [draft.id, draft]));
    this.drafts = this.#unsent
      .of(this.#member)
      .map((draft) => sending.get(draft.id) ?? (draft.state === 'failed' ? draft : queuedAgain(draft)))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/** No answer, or "later": another try may do. */
const isForLater = ({ status }: Problem) => status === 0 || status === 429 || status >= 500;
