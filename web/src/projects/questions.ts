/** What is asked before a step that is not undone by the next click: what it does, and how it is taken. */
import type { Api } from '../api/client';
import type { Gift, Pledge, ProjectView, TeamMember } from '../api/types';
import { euros } from '../i18n/format';
import { t } from '../i18n/index.svelte';
import type { OpenedProject } from './opened.svelte';

export interface Question {
  title: string;
  text: string;
  /** The button that does it. */
  act: string;
  danger?: boolean;
  /** A word goes with it, kept under `key` while it is written. */
  words?: { label: string; key: string };
  /** Do it, under an idempotency key. Rejects with `Problem`. */
  run: (words: string, key: string) => Promise<void>;
  /** What is said once it is done. */
  done: string;
}

/** A project in which one takes back what one gave, shown or `hidden` by moderators. */
export interface Supported {
  readonly id: string;
  readonly hidden?: boolean;
  pledged(pledge: Pledge): void;
  gave(gift: Gift): void;
}

export type Ending = 'close' | 'cancel' | 'release' | 'return';
type Server = Pick<Api, 'post' | 'del'>;

/** Whether to withdraw a pledge of one's own. */
export function withdrawingPledge(server: Server, project: Supported, pledge: Pledge): Question {
  const amount = euros(pledge.cents);
  return {
    title: t('projects.withdraw_pledge_title', { amount }),
    text: t(project.hidden ? 'projects.withdraw_hidden_text' : 'projects.withdraw_pledge_text'),
    act: t('projects.withdraw_pledge'),
    danger: true,
    done: t('projects.pledge_withdrawn'),
    run: async (_, idempotencyKey) => {
      const path = `/api/pledges/${pledge.id}/withdraw`;
      project.pledged(await server.post<Pledge>(path, { version: pledge.version }, { idempotencyKey }));
    },
  };
}

/** Whether to take back smiles that one gave. */
export function withdrawingGift(server: Server, project: Supported, gift: Gift): Question {
  return {
    title: t('projects.withdraw_gift_title', { count: gift.smiles }),
    text: t('projects.withdraw_gift_text'),
    act: t('projects.withdraw_gift'),
    danger: true,
    done: t('projects.gift_withdrawn'),
    run: async (_, idempotencyKey) => {
      const path = `/api/gifts/${gift.id}/withdraw`;
      project.gave(await server.post<Gift>(path, { version: gift.version }, { idempotencyKey }));
    },
  };
}

/** Whether to end a project, or to say what becomes of its smiles. */
export function ending(server: Server, project: OpenedProject, step: Ending, version: number): Question {
  const count = project.view?.held_smiles ?? 0;
  return {
    ...words(step, count, project.id),
    run: async (farewell, idempotencyKey) => {
      const body = step === 'cancel' ? { version, words: farewell } : { version };
      const path = `/api/projects/${project.id}/${step}`;
      project.take(await server.post<ProjectView>(path, body, { idempotencyKey }));
    },
  };
}

function words(step: Ending, count: number, project: string): Omit<Question, 'run'> {
  switch (step) {
    case 'close':
      return {
        title: t('projects.close_title'),
        text: t('projects.close_text'),
        act: t('projects.close'),
        done: t('projects.closed_said'),
      };
    case 'cancel':
      return {
        title: t('projects.cancel_title'),
        text: t('projects.cancel_text'),
        act: t('projects.cancel'),
        danger: true,
        words: { label: t('projects.cancel_words'), key: `cancel:${project}` },
        done: t('projects.cancelled_said'),
      };
    case 'release':
      return {
        title: t('projects.release_title', { count }),
        text: t('projects.release_text'),
        act: t('projects.release'),
        done: t('projects.released_said'),
      };
    case 'return':
      return {
        title: t('projects.return_title', { count }),
        text: t('projects.return_text'),
        act: t('projects.return'),
        done: t('projects.returned_said'),
      };
  }
}

/** Whether somebody is to be taken out of the team; `own`: one leaves it oneself. */
export function parting(server: Server, project: OpenedProject, who: TeamMember, own: boolean): Question {
  const { id, name } = who.person;
  const kind = own ? 'team_leave' : 'team_remove';
  return {
    title: own ? t('projects.team_leave_title') : t('projects.team_remove_title', { name }),
    text: t(`projects.${kind}_text`),
    act: t(`projects.${kind}`),
    danger: true,
    done: own ? t('projects.team_left') : t('projects.team_removed', { name }),
    run: async () => {
      await server.del(`/api/projects/${project.id}/team/${id}`);
      await project.fetch();
    },
  };
}
