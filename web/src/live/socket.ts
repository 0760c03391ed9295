/**
 * The one socket of a page: it connects, notices when the line is dead, and comes back.
 *
 * It knows frames and close codes and nothing of what they mean. Stores subscribe to events with
 * `on`, and say again what they want whenever `welcome` comes: a new socket knows nothing of the old.
 * After a loss it waits longer each time, by chance, so that a street does not come back as one.
 */
import { CloseCode, LIVE_PATH, type AnyCommand, type AnyEvent, type Welcome } from '../protocol';
import { LineLost, Questions } from './questions';

/** `waiting`: lost, and trying again by itself. `stopped`: not trying, until `restart`. */
export type LineState = 'idle' | 'connecting' | 'online' | 'waiting' | 'stopped';

type EventType = AnyEvent['type'];
type EventOf<T extends EventType> = Extract<AnyEvent, { type: T }>;
type Without<T> = T extends unknown ? Omit<T, 'ref'> : never;
/** A command as callers write it: the socket adds `ref`. */
export type Asked = Without<AnyCommand>;

const FIRST_DELAY_MS = 500;
// A server restarts in seconds; who waits longer than this for it has been forgotten.
const LONGEST_DELAY_MS = 10_000;
const FLOOD_DELAY_MS = 10_000;
/** How long a connection, a pong or an answer may take before the line counts as dead. */
const PATIENCE_MS = 10_000;

type Timer = ReturnType<typeof setTimeout>;

export interface SocketOptions {
  url?: string;
  create?: (url: string) => WebSocket;
  random?: () => number;
}

export class LiveSocket {
  /** Called at every change of `state`. */
  onstate: ((state: LineState) => void) | undefined;
  #state: LineState = 'idle';
  #socket: WebSocket | undefined;
  #listeners = new Map<EventType, Set<(event: never) => void>>();
  #questions = new Questions();
  #tries = 0;
  #heartbeat_ms = 45_000;
  #retry: Timer | undefined;
  #quiet: Timer | undefined;
  #patience: Timer | undefined;
  #stopListening: (() => void) | undefined;
  readonly #url: string;
  readonly #create: (url: string) => WebSocket;
  readonly #random: () => number;

  constructor(options: SocketOptions = {}) {
    this.#url = options.url ?? `${location.origin.replace(/^http/, 'ws')}${LIVE_PATH}`;
    this.#create = options.create ?? ((url) => new WebSocket(url));
    this.#random = options.random ?? Math.random;
  }

  get state(): LineState {
    return this.#state;
  }

  /** Connect, and stay connected. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#listenToThePage();
    this.#connect();
  }

  /** Hang up for good. */
  stop(): void {
    this.#stopListening?.();
    this.#drop();
    this.#become('idle');
  }

  /** Connect anew at once: who we are has changed, or the reader asked. */
  restart(): void {
    if (this.#state === 'idle') return;
    this.#tries = 0;
    this.#drop();
    this.#connect();
  }

  /** Call `listen` with every event of `type`; returns the way to stop. */
  on<T extends EventType>(type: T, listen: (event: EventOf<T>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listen as (event: never) => void);
    return () => listeners.delete(listen as (event: never) => void);
  }

  /**
   * Send `command` and wait for the event that answers it; listeners of that event hear it too, before.
   * Rejects with `Refusal`, or with `LineLost` if the socket went before the answer came.
   */
  request(command: Asked): Promise<AnyEvent> {
    const { ref, answer } = this.#questions.ask();
    if (this.tell({ ...command, ref })) this.#expectAnswer();
    else this.#questions.settle(ref, new LineLost());
    return answer;
  }

  /** Send `command` without waiting; false if there is no line, and then nothing was sent. */
  tell(command: Asked & { ref?: number }): boolean {
    if (this.#state !== 'online' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#become('connecting');
    const socket = this.#create(this.#url);
    this.#socket = socket;
    socket.onmessage = (message) => this.#hear(message.data);
    socket.onclose = (event) => this.#lost(event.code);
    this.#expectAnswer();
  }

  #hear(frame: unknown): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#awaitSilence();
    const event = eventOf(frame);
    if (!event) return;
    if (event.type === 'welcome') this.#welcomed(event);
    for (const listen of this.#listeners.get(event.type) ?? []) listen(event as never);
    if ('ref' in event && typeof event.ref === 'number') this.#questions.settle(event.ref, event);
    if (this.#questions.open > 0) this.#expectAnswer();
  }

  #welcomed(event: Welcome): void {
    this.#tries = 0;
    this.#heartbeat_ms = event.heartbeat_seconds * 1000;
    this.#awaitSilence();
    this.#become('online');
  }

  /** A frame must come soon, whichever; else the line is dead, whatever the browser believes. */
  #expectAnswer(): void {
    this.#patience ??= setTimeout(() => this.#lost(0), PATIENCE_MS);
  }

  #awaitSilence(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#check(), this.#heartbeat_ms);
  }

  #check(): void {
    if (this.#state === 'online') this.request({ type: 'ping' }).catch(() => undefined);
  }

  #lost(code: number): void {
    this.#drop();
    if (code >= 4500 && code <= 4999) return this.#become('stopped');
    if (code === CloseCode.IDENTITY) return this.#connect();
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.#tries++, 10));
    const least = code === CloseCode.FLOOD ? FLOOD_DELAY_MS : 0;
    this.#retry = setTimeout(() => this.#connect(), least + delay * (0.5 + this.#random() / 2));
    this.#become('waiting');
  }

  #drop(): void {
    for (const timer of [this.#retry, this.#quiet, this.#patience]) clearTimeout(timer);
    this.#patience = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.#questions.giveUp();
  }

  #become(state: LineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.onstate?.(state);
  }

  /** A laptop that wakes, a phone back from the pocket: try, or ask whether the line still lives. */
  #wake = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (this.#state === 'waiting') this.#connect();
    else this.#check();
  };

  /** The device has no network at all: the socket itself would notice only after minutes. */
  #unplugged = (): void => {
    if (this.#state === 'connecting' || this.#state === 'online') this.#lost(0);
  };

  #listenToThePage(): void {
    window.addEventListener('offline', this.#unplugged);
    window.addEventListener('online', this.#wake);
    window.addEventListener('pageshow', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    this.#stopListening = () => {
      window.removeEventListener('offline', this.#unplugged);
      window.removeEventListener('online', this.#wake);
      window.removeEventListener('pageshow', this.#wake);
      document.removeEventListener('visibilitychange', this.#wake);
    };
  }
}

function eventOf(frame: unknown): AnyEvent | undefined {
  if (typeof frame !== 'string') return undefined;
  try {
    return JSON.parse(frame) as AnyEvent;
  } catch {
    return undefined;
  }
}
