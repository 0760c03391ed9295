/** For tests: a browser's WebSocket whose other end the test plays. */
import type { AnyEvent, Exchange, Message, Person, Pin } from '../protocol';

export class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  readyState: number = WebSocket.OPEN;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  /** What the page has sent, decoded. */
  sent: Record<string, unknown>[] = [];

  constructor() {
    FakeSocket.all.push(this);
  }

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = WebSocket.CLOSED;
  }

  /** The server sends `event`. */
  tell(event: AnyEvent): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
  /** The server answers the last command of `type`. */
  answer(type: string, event: AnyEvent): void {
    this.tell({ ...event, ref: this.asked(type).at(-1)?.ref } as AnyEvent);
  }
  /** The server, or the network, hangs up. */
  hangUp(code: number): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.({ code });
  }
  /** The commands of `type` that came. */
  asked(type: string): Record<string, unknown>[] {
    return this.sent.filter((command) => command.type === type);
  }
  welcome(member: Person | null = ANA, paused = false): void {
    this.tell({
      type: 'welcome',
      member,
      moderator: false,
      now: '2026-11-23T10:00:00Z',
      version: 'test',
      heartbeat_seconds: 45,
      paused,
    });
  }
}

export const ANA: Person = { id: '01930000-0000-7000-8000-00000000000a', name: 'Ana', kind: 'individual' };
export const BO: Person = { id: '01930000-0000-7000-8000-00000000000b', name: 'Bo', kind: 'individual' };
export const DIALOG = '01930000-0000-7000-8000-0000000000d1';
export const LISTING = '01930000-0000-7000-8000-0000000000f1';

/** An offer of soup; `change` says what is different. */
export function pin(change: Partial<Pin> & { id: string }): Pin {
  return {
    kind: 'offer',
    title: 'Soupe',
    category: 'food',
    smiles: 0,
    state: 'open',
    lon: 7.3388,
    lat: 47.7508,
    precision: 'approximate',
    author: BO,
    created_at: '2026-11-23T09:00:00Z',
    expires_at: '2026-12-23T09:00:00Z',
    version: 1,
    ...change,
  };
}

/** A message of the dialog: `seq` is its place, `change` (the same unless given) its last change. */
export function message(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `01930000-0000-7000-8000-0000000001${String(seq).padStart(2, '0')}`,
    conversation: DIALOG,
    seq,
    change: seq,
    author: BO,
    text: `message ${seq}`,
    state: 'visible',
    created_at: '2026-11-23T09:00:00Z',
    edited_at: null,
    ...change,
  };
}

/** Bo helps Ana for three smiles: proposed by Bo; `change` says what is different. */
export function exchange(change: Partial<Exchange>): Exchange {
  return {
    id: '01930000-0000-7000-8000-0000000000e1',
    conversation: DIALOG,
    listing: LISTING,
    helper: BO,
    beneficiary: ANA,
    smiles: 3,
    agreed_for: null,
    note: '',
    state: 'proposed',
    proposed_by: BO.id,
    due: 'expire',
    due_at: '2026-12-09T10:00:00Z',
    to_helper: null,
    thanks: null,
    acts: { [ANA.id]: ['amend', 'accept', 'decline'], [BO.id]: ['amend', 'cancel'] },
    version: 1,
    updated_at: '2026-11-25T10:00:00Z',
    ...change,
  };
}
