/** Questions asked over the socket, each waiting for the event that names its number. */
import type { AnyEvent } from '../protocol';

/** The server refused a command. `title` is in the reader's language. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
  ) {
    super(`${code}: ${title}`);
    this.name = 'Refusal';
  }
}

/** The line was lost before the answer came: whether the command was carried out is unknown. */
export class LineLost extends Error {
  constructor() {
    super('the line was lost');
    this.name = 'LineLost';
  }
}

type Waiting = { resolve: (event: AnyEvent) => void; reject: (failure: Error) => void };

export class Questions {
  #waiting = new Map<number, Waiting>();
  #nextRef = 1;

  /** How many wait for an answer. */
  get open(): number {
    return this.#waiting.size;
  }

  /** A new question: its number, and its answer, which rejects with `Refusal` or `LineLost`. */
  ask(): { ref: number; answer: Promise<AnyEvent> } {
    const ref = this.#nextRef++;
    const answer = new Promise<AnyEvent>((resolve, reject) => this.#waiting.set(ref, { resolve, reject }));
    return { ref, answer };
  }

  /** Answer question `ref`, if anybody waits for it. */
  settle(ref: number, outcome: AnyEvent | Error): void {
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    if (outcome instanceof Error) waiting?.reject(outcome);
    else if (outcome.type === 'refused') waiting?.reject(new Refusal(outcome.code, outcome.title));
    else waiting?.resolve(outcome);
  }

  /** The line is lost: nobody will answer. */
  giveUp(): void {
    for (const ref of [...this.#waiting.keys()]) this.settle(ref, new LineLost());
  }
}
