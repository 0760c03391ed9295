/** The mail that is awaited in this tab: what it is for, and to whom. It survives a reload. */
import { keep, recall } from '../state/stored';

export interface Awaited {
  purpose: 'join' | 'link';
  email: string;
}

const KEY = 'mail.awaited';
/** Later than this, one has come for something else. */
const PATIENCE_MS = 30 * 60 * 1000;

/** The mail that this tab waits for, if any: for `purpose`, or for whatever it is. */
export function awaitedMail(purpose?: Awaited['purpose'], now = Date.now()): Awaited | null {
  const kept = (recall(KEY, sessionStorage) ?? {}) as Partial<Awaited & { since: number }>;
  if (kept.purpose !== 'join' && kept.purpose !== 'link') return null;
  if (typeof kept.email !== 'string' || typeof kept.since !== 'number') return null;
  if (now - kept.since > PATIENCE_MS || (purpose && purpose !== kept.purpose)) return null;
  return { purpose: kept.purpose, email: kept.email };
}

/** Wait for `mail`, or (null) no longer. */
export function awaitMail(mail: Awaited | null, now = Date.now()): void {
  keep(KEY, mail && { ...mail, since: now }, sessionStorage);
}

/** The address last typed into one of the doors, for the other: nobody types it twice. */
export function typedEmail(): string {
  const email = recall('email', sessionStorage);
  return typeof email === 'string' ? email : '';
}

/** Remember `email` for the other door, in this tab. */
export function keepTypedEmail(email: string): void {
  keep('email', email.trim() || null, sessionStorage);
}
