/**
 * How far a project has come, worked out for bars and sentences: what was wanted, what there is, what is lacking.
 */
import { euros, smiles } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';
import type { Progress } from '../protocol';
import { now as present } from '../state/clock.svelte';

export type Way = 'euros' | 'smiles' | 'tasks';

/** One bar. `done` and `sure` are parts of the whole, 0 to 1; `sure` lies within `done`. */
export interface Bar {
  way: Way;
  done: number;
  /** Of money what has come, not only been promised; of all else the same as `done`. */
  sure: number;
  /** There is as much as was wanted, or more. */
  reached: boolean;
  /** «120 € promis sur 500 €, dont 40 € reçus». */
  text: string;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The bars of a project: one for each thing it wants. */
export function barsOf(progress: Progress): readonly Bar[] {
  return [eurosBar(progress), smilesBar(progress), tasksBar(progress)].filter((bar) => bar !== null);
}

function eurosBar({ target_cents, promised_cents, received_cents }: Progress): Bar | null {
  if (target_cents === null) return null;
  const [promised, received, target] = [euros(promised_cents), euros(received_cents), euros(target_cents)];
  const over = promised_cents > target_cents;
  const text = t(over ? 'projects.euros_over' : 'projects.euros', { promised, target });
  return {
    way: 'euros',
    done: share(promised_cents, target_cents),
    sure: share(received_cents, target_cents),
    reached: promised_cents >= target_cents,
    text: received_cents > 0 ? t('projects.euros_received', { text, received }) : text,
  };
}

function smilesBar({ target_smiles, given_smiles: given }: Progress): Bar | null {
  if (target_smiles === null) return null;
  const done = share(given, target_smiles);
  const text = t('projects.smiles', { count: given, target: target_smiles });
  return { way: 'smiles', done, sure: done, reached: given >= target_smiles, text };
}

function tasksBar({ tasks, tasks_done }: Progress): Bar | null {
  if (tasks === 0) return null;
  const done = share(tasks_done, tasks);
  const text = t('projects.tasks_done', { count: tasks_done, all: tasks });
  return { way: 'tasks', done, sure: done, reached: tasks_done >= tasks, text };
}

const share = (part: number, whole: number) => Math.max(0, Math.min(1, part / whole));

/** What a project still lacks. */
export interface Lacking {
  cents: number;
  smiles: number;
  tasks: number;
}

/** What is still needed, nothing below zero. */
export function lackingOf(progress: Progress): Lacking {
  const { target_cents, promised_cents, target_smiles, given_smiles, tasks, tasks_done } = progress;
  return {
    cents: Math.max(0, (target_cents ?? 0) - promised_cents),
    smiles: Math.max(0, (target_smiles ?? 0) - given_smiles),
    tasks: Math.max(0, tasks - tasks_done),
  };
}

/** What is still needed in a sentence: «Il manque encore 380 €, 50 smiles et un coup de main pour 2 tâches.» */
export function lackingText(progress: Progress): string {
  const { cents, smiles: count, tasks } = lackingOf(progress);
  const parts = [
    ...(cents > 0 ? [euros(cents)] : []),
    ...(count > 0 ? [smiles(count)] : []),
    ...(tasks > 0 ? [t('projects.lacking_tasks', { count: tasks })] : []),
  ];
  if (parts.length > 0) return t('projects.lacking', { what: listed(parts) });
  return barsOf(progress).length > 0 ? t('projects.lacking_nothing') : '';
}

/** `parts` as one says them in a row: «380 €, 50 smiles et un coup de main». */
export function listed(parts: readonly string[]): string {
  return new Intl.ListFormat(language.locale, { type: 'conjunction' }).format(parts);
}

/** Whether a project can still be supported at `now`. */
export function isOpen({ outcome, closes_at }: Progress, now: number = present()): boolean {
  return outcome === 'open' && Date.parse(closes_at) > now;
}

/** How long a project is still open at `now`: «encore 12 jours», «encore 5 heures». */
export function timeLeft(progress: Progress, now: number = present()): string {
  if (progress.outcome === 'cancelled') return t('projects.cancelled');
  const left = Date.parse(progress.closes_at) - now;
  if (!isOpen(progress, now)) return t('projects.over');
  if (left >= DAY_MS) return t('projects.days_left', { count: Math.floor(left / DAY_MS) });
  if (left >= HOUR_MS) return t('projects.hours_left', { count: Math.floor(left / HOUR_MS) });
  return t('projects.soon_over');
}
