/** What the form of a proposal holds, what must be right in it, and what the server is told of it. */
import type { Amendment, ExchangeDraft } from '../api/types';
import { lengthOf } from '../forms/faults.svelte';
import { fieldsOf, momentOf, type Moment } from '../forms/moments';
import { isAmount } from '../forms/smiles';
import { t } from '../i18n/index.svelte';
import type { Exchange, Layer } from '../protocol';

/** `day` and `time` are when it is to be. */
export interface ProposalForm extends Moment {
  /** Who helps, seen by who writes. */
  helper: 'me' | 'other';
  /** null while the field is empty or no number. */
  smiles: number | null;
  note: string;
}

/** The server's names, and `time`: the second field of `agreed_for`. */
export const FIELDS = ['helper', 'smiles', 'agreed_for', 'time', 'note'] as const;
export type Field = (typeof FIELDS)[number];

export type Terms = Required<Omit<ExchangeDraft, 'id'>>;
export type Change = Omit<Amendment, 'version'>;

export const LONGEST_NOTE = 500;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
const MINUTE_MS = 60_000;

/** The form to begin with under a listing: under a request who answers helps, under an offer its author does. */
export function formUnder(listing: { kind: Layer; smiles: number }, own: boolean): ProposalForm {
  const authorHelps = listing.kind === 'offer';
  const helper = authorHelps === own ? 'me' : 'other';
  return { helper, smiles: listing.smiles, day: '', time: '', note: '' };
}

/** The form that says what `exchange` says, to `me`. */
export function formFrom(exchange: Exchange, me: string): ProposalForm {
  return {
    helper: exchange.helper.id === me ? 'me' : 'other',
    smiles: exchange.smiles,
    ...fieldsOf(exchange.agreed_for),
    note: exchange.note,
  };
}

/** What was kept of a form, field by field; else what `usual` says. */
export function formOf(kept: unknown, usual: ProposalForm): ProposalForm {
  const found = (kept ?? {}) as Partial<Record<keyof ProposalForm, unknown>>;
  const text = (name: 'day' | 'time' | 'note') => {
    const value = found[name];
    return typeof value === 'string' ? value : usual[name];
  };
  return {
    helper: found.helper === 'me' || found.helper === 'other' ? found.helper : usual.helper,
    smiles: typeof found.smiles === 'number' || found.smiles === null ? found.smiles : usual.smiles,
    day: text('day'),
    time: text('time'),
    note: text('note'),
  };
}

/** Whether both forms say the same. */
export function isSame(one: ProposalForm, other: ProposalForm): boolean {
  return (Object.keys(one) as (keyof ProposalForm)[]).every((name) => one[name] === other[name]);
}

/** What is wrong with `form` at `now`, in the reader's words. The moment of `base` may stay although it passed. */
export function faultsOf(
  form: ProposalForm,
  now: number,
  base?: ProposalForm,
): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {};
  if (!isAmount(form.smiles)) found.smiles = t('exchange.check_smiles');
  if (lengthOf(form.note) > LONGEST_NOTE) found.note = t('exchange.check_note');
  if (form.day === '' && form.time !== '') found.agreed_for = t('exchange.check_day');
  if (form.day !== '' && form.time === '') found.time = t('exchange.check_time');
  const stays = base !== undefined && base.day === form.day && base.time === form.time;
  const moment = stays ? null : momentOf(form);
  if (moment !== null && Date.parse(moment) < now - MINUTE_MS) found.agreed_for = t('exchange.check_past');
  if (moment !== null && Date.parse(moment) > now + YEAR_MS) found.agreed_for = t('exchange.check_far');
  return found;
}

/** What the server is told of `form`, between `me` and `other`. */
export function termsOf(form: ProposalForm, me: string, other: string): Terms {
  return {
    helper: form.helper === 'me' ? me : other,
    smiles: form.smiles ?? 0,
    agreed_for: momentOf(form),
    note: form.note.trim(),
  };
}

/** What `form` says otherwise than `base`, so that nothing else is undone. */
export function changeOf(form: ProposalForm, base: ProposalForm, me: string, other: string): Change {
  const terms = termsOf(form, me, other);
  const change: Change = {};
  if (form.helper !== base.helper) change.helper = terms.helper;
  if (form.smiles !== base.smiles) change.smiles = terms.smiles;
  if (form.day !== base.day || form.time !== base.time) change.agreed_for = terms.agreed_for;
  if (terms.note !== base.note) change.note = terms.note;
  return change;
}
