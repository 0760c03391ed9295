/** What was typed to become a member, kept until one has come in. The password is never kept. */
import { MEMBER_KIND, type MemberKind, type Place } from '../protocol';
import { draft, keepDraft } from '../state/drafts';

export interface Joining {
  email: string;
  name: string;
  kind: MemberKind;
  home: Place | null;
  /** Without a password: links by mail. */
  byLink: boolean;
}

const KEY = 'join';

/** What was typed before, or a blank form for `email`. */
export function typedJoining(email: string): Joining {
  const kept = parsed();
  return {
    email: email || textOf(kept.email),
    name: textOf(kept.name),
    kind: MEMBER_KIND.find((kind) => kind === kept.kind) ?? 'individual',
    home: placeOf(kept.home),
    byLink: kept.byLink === true,
  };
}

/** Keep what was typed. */
export function keepJoining(joining: Joining): void {
  keepDraft(KEY, JSON.stringify(joining));
}

/** Somebody is a member now. */
export function forgetJoining(): void {
  keepDraft(KEY, '');
}

function parsed(): Record<string, unknown> {
  try {
    return (JSON.parse(draft(KEY) || '{}') ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function placeOf(value: unknown): Place | null {
  const { lon, lat } = (value ?? {}) as Partial<Place>;
  return typeof lon === 'number' && typeof lat === 'number' ? { lon, lat } : null;
}
