/**
 * Who is signed in on this browser, and what waits for somebody to be.
 *
 * Nobody is asked to sign in before they write. What they wanted to do is kept, survives the reload and
 * the mail's link in another tab, and goes on once: `require(name, payload)` runs the action registered
 * under `name` at once for a member, and otherwise after signing in, on the page it was asked from.
 */
import { Problem, type Api, api } from '../api/client';
import type { Leaving, Me, MeChange, SessionState } from '../api/types';
import { paths, route } from './route.svelte';
import { keep, recall } from './stored';

type Intent = { name: string; payload: unknown; path: string; at: number };
type Action = (payload: never) => void | Promise<void>;

const INTENT_KEPT_MS = 24 * 60 * 60 * 1000;
const AWAY: readonly string[] = [paths.signin, paths.join, '/bienvenue'];

export class Session {
  /** The member who is signed in; null if nobody is. */
  member = $state.raw<Me | null>(null);
  /** The server has said who is signed in. */
  known = $state(false);
  /** Called when another member (or nobody) is signed in. */
  onchange: ((member: Me | null) => void) | undefined;
  #actions = new Map<string, Action>();
  /** How often it has become known who is signed in. */
  #changes = 0;
  #channel = new BroadcastChannel('onemile.session');

  constructor(private readonly server: Api) {
    server.onsignedout = () => this.#become(null);
    this.#channel.onmessage = () => void this.load();
  }

  /** Ask the server who is signed in. Without an answer one stays who one was. */
  async load(): Promise<void> {
    const since = this.#changes;
    try {
      const { member } = await this.server.get<SessionState>('/api/session');
      // Who signed in or out while the answer was on its way may be told of the time before.
      if (since !== this.#changes) return await this.load();
      this.#become(member);
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
    }
  }

  /** Sign in by password. Rejects with `Problem`. Goes on with what was interrupted. */
  async signIn(email: string, password: string): Promise<void> {
    await this.#enter(this.server.post<SessionState>('/api/session', { email, password }));
  }

  /** Use the token of a link that came by mail. Rejects with `Problem`. */
  async useLink(token: string): Promise<void> {
    await this.#enter(this.server.post<SessionState>('/api/session/link/use', { token }));
  }

  /** Sign out, here and in this browser's other tabs. */
  async signOut(): Promise<void> {
    await this.server.del('/api/session');
    this.#become(null);
    this.#channel.postMessage('changed');
  }

  /** Leave for good, with what the server asks for as proof. Rejects with `Problem`. */
  async resign(proof: Leaving): Promise<void> {
    await this.server.del('/api/me', proof);
    this.#become(null);
    this.#channel.postMessage('changed');
  }

  /** Change one's account. Rejects with `Problem`. */
  async change(change: Partial<MeChange>): Promise<void> {
    this.member = await this.server.patch<Me>('/api/me', change);
    this.#channel.postMessage('changed');
  }

  /**
   * Do the action `name` with `payload` (JSON) as a member: now, and the answer is true; or after
   * signing in, and the answer is false: the sign-in panel opens.
   */
  require(name: string, payload: unknown = null): boolean {
    if (this.member) {
      void this.#actions.get(name)?.(payload as never);
      return true;
    }
    const path = AWAY.includes(route.path) ? paths.home : route.path;
    keep('intent', { name, payload, path, at: Date.now() } satisfies Intent);
    route.go(paths.signin);
    return false;
  }

  /** Name an action for `require`; what waits for it runs. Returns the way to withdraw it. */
  register<P>(name: string, run: (payload: P) => void | Promise<void>): () => void {
    this.#actions.set(name, run as Action);
    void this.#goOn();
    return () => {
      if (this.#actions.get(name) === run) this.#actions.delete(name);
    };
  }

  /** What was interrupted by signing in, if anything: its name and the page it belongs to. */
  get interrupted(): { name: string; path: string } | null {
    return this.#intent();
  }

  /** Forget what was interrupted: the reader went elsewhere on purpose. */
  forgetInterrupted(): void {
    keep('intent', null);
  }

  /** Leave the sign-in panels: to the page of what was interrupted, else home. */
  leave(): void {
    route.go(this.#intent()?.path ?? paths.home, { replace: true });
    void this.#goOn();
  }

  async #enter(answer: Promise<SessionState>): Promise<void> {
    this.#become((await answer).member);
    this.#channel.postMessage('changed');
  }

  #become(member: Me | null): void {
    const another = member?.id !== this.member?.id || !this.known;
    this.member = member;
    this.known = true;
    this.#changes += 1;
    if (another) this.onchange?.(member);
    void this.#goOn();
  }

  /** Run what waits, if its action is there and its page is open; in one tab only. */
  async #goOn(): Promise<void> {
    const waiting = this.#intent();
    if (!this.member || waiting?.path !== route.path || !this.#actions.has(waiting.name)) return;
    await alone(() => {
      const intent = this.#intent();
      const action = intent && this.#actions.get(intent.name);
      if (!intent || !action) return;
      keep('intent', null);
      void action(intent.payload as never);
    });
  }

  #intent(): Intent | null {
    const intent = recall('intent') as Intent | null;
    return intent && Date.now() - intent.at < INTENT_KEPT_MS ? intent : null;
  }
}

/** Run `act` while no other tab does. */
async function alone(act: () => void): Promise<void> {
  // Only secure contexts have locks; a town's server over plain HTTP in its own network has none.
  if (navigator.locks) await navigator.locks.request('onemile.intent', act);
  else act();
}

export const session = new Session(api);
