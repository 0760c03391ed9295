/** What the server asks of an account's fields, asked first on the page, in the reader's words. */
import { lengthOf } from '../forms/faults.svelte';
import { t } from '../i18n/index.svelte';

const EMAIL = /^[^@\s]{1,64}@[^@\s]+\.[^@\s.]+$/;
const LONGEST_EMAIL = 254;
const LONGEST_NAME = 40;
export const SHORTEST_PASSWORD = 10;

/** What is wrong with an e-mail address. */
export function emailFault(email: string): string | undefined {
  const plain = email.trim();
  if (!EMAIL.test(plain) || plain.length > LONGEST_EMAIL) return t('members.check_email');
  // Its host has a name in ASCII, whatever it is written in; what stands before it has none.
  return /^\p{ASCII}*@/u.test(plain) ? undefined : t('members.check_email_ascii');
}

/** What is wrong with the name that others see. */
export function nameFault(name: string): string | undefined {
  const length = lengthOf(name);
  return length >= 2 && length <= LONGEST_NAME ? undefined : t('members.check_name');
}

/** What is wrong with a new password. */
export function passwordFault(password: string): string | undefined {
  return [...password].length >= SHORTEST_PASSWORD ? undefined : t('members.check_password');
}

/** `found` without what is right. */
export function onlyFaults<Field extends string>(
  found: Readonly<Record<Field, string | undefined>>,
): Partial<Record<Field, string>> {
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text)) as Partial<
    Record<Field, string>
  >;
}
