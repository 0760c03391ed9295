/** What was typed to become a member, and by whose invitation, kept until one has come in; never the password. */
import { MEMBER_KIND, type MemberKind, type Place } from '../protocol';
import { draft, keepDraft } from '../state/drafts';
import { route } from '../state/route.svelte';
import { keep, recall } from '../state/stored';

export interface Joining {
  email: string;
  name: string;
  kind: MemberKind;
  home: Place | null;
  /** Without a password: links by mail. */
  byLink: boolean;
}

const KEY = 'join';
const INVITATION = 'invitation';
/** As the server takes it: what is longer was never one of ours, and must not keep anybody out. */
const LONGEST_CODE = 64;

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

/** The code of the link by which one was invited, if one was; it outlives a reload and a look around. */
export function invitation(): string | null {
  const code = route.query(INVITATION);
  if (code !== null) {
    // It must not stick to every link of the page.
    route.setQuery({ [INVITATION]: null });
    if (codeOf(code.trim())) keep(INVITATION, code.trim());
  }
  return codeOf(recall(INVITATION));
}

/** Somebody is a member now. */
export function forgetJoining(): void {
  keepDraft(KEY, '');
  keep(INVITATION, null);
}

function codeOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_CODE ? value : null;
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
