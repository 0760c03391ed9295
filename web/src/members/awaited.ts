/** The mail that is awaited in this tab: what it is for, and to whom. It survives a reload. */
import { keep, recall } from '../state/stored';

export interface Awaited {
  purpose: 'join' | 'link';
  email: string;
}

const KEY = 'mail.awaited';

/** The mail that this tab waits for, if any. */
export function awaitedMail(): Awaited | null {
  const { purpose, email } = (recall(KEY, sessionStorage) ?? {}) as Partial<Awaited>;
  return (purpose === 'join' || purpose === 'link') && typeof email === 'string' ? { purpose, email } : null;
}

/** Wait for `mail`, or (null) no longer. */
export function awaitMail(mail: Awaited | null): void {
  keep(KEY, mail, sessionStorage);
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
