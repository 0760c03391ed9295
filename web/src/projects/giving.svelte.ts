/**
 * A pledge or a gift on its way: kept at every keystroke, sent once however often it is tried, and sent after
 * signing in if that was needed.
 */
import { Problem, type Api } from '../api/client';
import { attemptFor } from '../forms/attempt';
import { Faults } from '../forms/faults.svelte';
import { Kept } from '../forms/kept.svelte';
import { Sending } from '../forms/sending.svelte';
import type { LiveSocket } from '../live/socket';
import { begun, blank, FIELDS, isBegun, type Drafted, type Field } from './supporting';

interface Wants<Given> {
  /** Where it is kept, and posted to. */
  key: string;
  path: string;
  /** What is wrong with it, and what the server is told of it. */
  faults: (drafted: Drafted) => Partial<Record<Field, string>>;
  body: (drafted: Drafted) => unknown;
  /** What stands under this id already, from a try whose answer was lost. */
  standing: (id: string) => Promise<Given | undefined>;
  done: (given: Given) => void;
  /** The session has ended: somebody has to sign in. */
  away: () => void;
  /** Something is wrong: show it. */
  show: () => void;
}

export class Giving<Given> {
  readonly faults = new Faults<Field>(FIELDS);
  readonly kept: Kept<Drafted>;
  readonly sending: Sending;

  /** Call `leave` when done. */
  constructor(
    private readonly server: Pick<Api, 'post'>,
    socket: Pick<LiveSocket, 'on'>,
    private readonly wants: Wants<Given>,
  ) {
    this.kept = new Kept<Drafted>(wants.key, begun, isBegun);
    this.kept.ontaken = () => this.sending.state !== 'busy' && this.kept.forget(blank());
    this.sending = new Sending(
      socket,
      () => this.#send(),
      (failure) => this.#refused(failure),
    );
  }

  get form(): Drafted {
    return this.kept.value;
  }

  /** Send it, if nothing is wrong with it. */
  submit(): void {
    if (!this.faults.set(this.wants.faults(this.form))) return this.wants.show();
    void this.sending.send();
  }

  leave(): void {
    this.sending.leave();
    this.kept.leave();
  }

  async #send(): Promise<void> {
    const drafted = this.kept.value;
    const body = this.wants.body(drafted);
    drafted.attempt = attemptFor(body, drafted.attempt);
    this.kept.save();
    let given: Given | undefined;
    try {
      given = await this.server.post<Given>(this.wants.path, body, { idempotencyKey: drafted.attempt.key });
    } catch (failure) {
      if (!(failure instanceof Problem && failure.code === 'id_taken')) throw failure;
      given = await this.wants.standing(drafted.id);
      if (!given) throw failure;
    }
    this.kept.forget(blank());
    this.wants.done(given);
  }

  #refused(failure: unknown): void {
    if (failure instanceof Problem && failure.status === 401) return this.wants.away();
    this.faults.refused(failure);
    this.wants.show();
  }
}
