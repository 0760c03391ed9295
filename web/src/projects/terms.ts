/** What a project asks for, as its form holds it: what must be right in it, and what the server is told of it. */
import type { ProjectTerms, Reach, TermsChange } from '../api/types';
import { lengthOf } from '../forms/faults.svelte';
import { dayOf } from '../forms/moments';
import { t } from '../i18n/index.svelte';
import { REACH, type Progress } from '../protocol';

export interface TermsForm {
  reach: Reach | null;
  /** In whole euros; null for none. */
  euros: number | null;
  instructions: string;
  /** 0 or null: none are wanted. */
  smiles: number | null;
  /** The last day, as the browser's own field writes it, by this device's clock; or ''. */
  closes: string;
}

/** By the server's names, in the order of the form. */
export const TERMS_FIELDS = [
  'project.reach',
  'project.target_cents',
  'project.instructions',
  'project.target_smiles',
  'project.closes_at',
] as const;
export type TermsField = (typeof TERMS_FIELDS)[number];
type Found = Partial<Record<TermsField, string>>;

export const MOST_EUROS = 1_000_000;
export const MOST_SMILES = 100_000;
export const LONGEST_INSTRUCTIONS = 2000;
const DAYS_AHEAD = 365;

/** Nothing asked for yet. */
export function blankTerms(): TermsForm {
  return { reach: null, euros: null, instructions: '', smiles: 0, closes: '' };
}

/** Something was written or chosen. */
export function isTermsBegun({ reach, euros, instructions, smiles, closes }: TermsForm): boolean {
  return reach !== null || euros !== null || instructions.trim() !== '' || !!smiles || closes !== '';
}

/** What was kept of the form, field by field. */
export function termsFormOf(kept: unknown): TermsForm {
  const found = (kept ?? {}) as Partial<Record<keyof TermsForm, unknown>>;
  return {
    reach: REACH.find((one) => one === found.reach) ?? null,
    euros: typeof found.euros === 'number' ? found.euros : null,
    instructions: typeof found.instructions === 'string' ? found.instructions : '',
    smiles: typeof found.smiles === 'number' ? found.smiles : 0,
    closes: typeof found.closes === 'string' ? found.closes : '',
  };
}

/** The form to change a project's terms with; its listing knows them all but the `instructions`. */
export function termsFrom(progress: Progress, instructions: string): TermsForm {
  return {
    reach: progress.reach,
    euros: progress.target_cents === null ? null : progress.target_cents / 100,
    instructions,
    smiles: progress.target_smiles ?? 0,
    closes: dayOf(new Date(progress.closes_at)),
  };
}

/** The first and the last day that a project may close on, at `now`. */
export function closingDays(now: number): { first: string; last: string } {
  const day = (ahead: number) => {
    const at = new Date(now);
    return dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() + ahead));
  };
  return { first: day(1), last: day(DAYS_AHEAD) };
}

/** What is wrong with the terms at `now`; `standing` is the day on which a published project closes. */
export function termsFaults(form: TermsForm, now: number, standing: string | null = null): Found {
  const { first, last } = closingDays(now);
  const length = lengthOf(form.instructions);
  const found: Found = {};
  if (form.reach === null) found['project.reach'] = t('projects.check_reach');
  if (form.euros !== null && !isWhole(form.euros, 1, MOST_EUROS))
    found['project.target_cents'] = t('projects.check_target_euros');
  if ((form.euros !== null && length < 1) || length > LONGEST_INSTRUCTIONS)
    found['project.instructions'] = t('projects.check_instructions', { count: LONGEST_INSTRUCTIONS });
  if (!isWhole(form.smiles ?? 0, 0, MOST_SMILES))
    found['project.target_smiles'] = t('projects.check_target_smiles');
  if (standing !== null && form.closes === standing) return found;
  if (standing !== null && form.closes !== '' && form.closes < standing)
    found['project.closes_at'] = t('projects.check_closes_earlier');
  else if (form.closes < first || form.closes > last) found['project.closes_at'] = t('projects.check_closes');
  return found;
}

/** What the server is told of a new project's terms; the form is right. */
export function termsOf(form: TermsForm): ProjectTerms {
  return {
    reach: form.reach ?? 'local',
    target_cents: form.euros === null ? null : form.euros * 100,
    target_smiles: form.smiles || null,
    closes_at: endOf(form.closes),
    instructions: form.instructions.trim(),
  };
}

/** What has changed from `base` to `form`; null for nothing. */
export function termsChange(base: TermsForm, form: TermsForm): TermsChange | null {
  const [before, after] = [termsOf(base), termsOf(form)];
  const names = Object.keys(after) as (keyof ProjectTerms)[];
  const changed = names.filter((name) => after[name] !== before[name]);
  return changed.length === 0 ? null : Object.fromEntries(changed.map((name) => [name, after[name]]));
}

/** How far the project of this form has come before anything was given, for its preview. */
export function shownOf(form: TermsForm, now: string): Progress {
  const { reach, target_cents = null, target_smiles = null } = termsOf(form);
  return {
    outcome: 'open',
    reach,
    closes_at: form.closes ? endOf(form.closes) : now,
    target_cents,
    promised_cents: 0,
    received_cents: 0,
    target_smiles,
    given_smiles: 0,
    released: false,
    tasks: 0,
    tasks_done: 0,
    supporters: 0,
  };
}

/** The end of a day of this device's calendar, in ISO 8601. */
function endOf(day: string): string {
  const at = new Date(`${day}T23:59:00`);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

const isWhole = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;
