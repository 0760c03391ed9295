/** Exchanges in words: who helps whom, what was done, how it stands and what happens next. */
import { t } from '../i18n/index.svelte';
import type { Card, Exchange, ExchangeStep, Person } from '../protocol';
import { now as present } from '../state/clock.svelte';
import { dayAndTime, deadline, delay } from './moments';
import { isTurnOf, otherOf, sideOf } from './sides';

/** Who helps whom, to `me`: «Vous aidez Ana». */
export function helping(exchange: Exchange, me: string | null): string {
  const { helper, beneficiary } = exchange;
  if (helper.id === me) return t('exchange.you_help', { name: beneficiary.name });
  if (beneficiary.id === me) return t('exchange.helps_you', { name: helper.name });
  return t('exchange.helps', { helper: helper.name, beneficiary: beneficiary.name });
}

/** What was done, by whom, in one line: «Bo a proposé un échange». */
export function stepWords(card: Card, me: string | null): string {
  const { step, by, exchange } = card;
  if (by === null) return aloneWords(step, exchange);
  const { name } = by;
  const mine = by.id === me;
  switch (step) {
    case 'propose':
      return mine ? t('exchange.step_propose_you') : t('exchange.step_propose', { name });
    case 'amend':
      return mine ? t('exchange.step_amend_you') : t('exchange.step_amend', { name });
    case 'accept':
      return mine ? t('exchange.step_accept_you') : t('exchange.step_accept', { name });
    case 'decline':
      return mine ? t('exchange.step_decline_you') : t('exchange.step_decline', { name });
    case 'cancel':
      return cancelWords(exchange, by, mine);
    case 'finish':
      return mine ? t('exchange.step_finish_you') : t('exchange.step_finish', { name });
    case 'confirm':
      return mine ? t('exchange.step_confirm_you') : t('exchange.step_confirm', { name });
    case 'report':
      return reportWords(exchange, by.id, me);
    case 'object':
      return mine ? t('exchange.step_object_you') : t('exchange.step_object', { name });
    case 'dispute':
      return mine ? t('exchange.step_dispute_you') : t('exchange.step_dispute', { name });
    case 'settle':
      // A moderator is neither of the two.
      return isParty(exchange, by.id)
        ? t('exchange.step_settle_left', { name })
        : t('exchange.step_settle', { name });
    // Nobody does these two: they were not answered, or cannot be any more.
    case 'release':
      return t('exchange.step_release_left', { name });
    case 'return':
      return t('exchange.step_return_left', { name });
    default:
      return aloneWords(step, exchange);
  }
}

const isParty = ({ helper, beneficiary }: Exchange, id: string) => [helper.id, beneficiary.id].includes(id);

/** Nothing was ever held for it: it was a proposal, and nobody had agreed. */
const wasProposal = ({ to_helper }: Exchange) => to_helper === null;

/** What was agreed is called off, what was only proposed is withdrawn. */
function cancelWords(exchange: Exchange, { id, name }: Person, mine: boolean): string {
  if (wasProposal(exchange) && exchange.proposed_by === id)
    return mine ? t('exchange.step_withdraw_you') : t('exchange.step_withdraw', { name });
  return mine ? t('exchange.step_cancel_you') : t('exchange.step_cancel', { name });
}

/** Whose absence was reported: the helper's, by themselves or by the other one. */
function reportWords({ helper, beneficiary }: Exchange, by: string, me: string | null): string {
  if (by === helper.id)
    return by === me
      ? t('exchange.step_report_own_you')
      : t('exchange.step_report_own', { name: helper.name });
  if (by === me) return t('exchange.step_report_you', { other: helper.name });
  return helper.id === me
    ? t('exchange.step_report_of_you', { name: beneficiary.name })
    : t('exchange.step_report', { name: beneficiary.name, other: helper.name });
}

/** What neither of the two did. */
function aloneWords(step: ExchangeStep, exchange: Exchange): string {
  switch (step) {
    case 'expire':
      return t(wasProposal(exchange) ? 'exchange.step_expire_proposal' : 'exchange.step_expire');
    case 'release':
      return t('exchange.step_release');
    case 'return':
      return t('exchange.step_return');
    case 'settle':
      return t('exchange.step_settle_alone');
    default:
      return t('exchange.step_cancel_alone');
  }
}

/** What became of the smiles by this step, in one line; '' where nothing did. */
export function smilesWords(card: Card, me: string | null): string {
  const { smiles, helper, beneficiary, to_helper } = card.exchange;
  if (smiles === 0) return '';
  if (card.step === 'accept') return t('exchange.held', { count: smiles });
  // Not over, or never held.
  if (to_helper === null) return '';
  const [passed, back] = [to_helper, smiles - to_helper];
  const lines = [];
  if (passed > 0) lines.push(given(passed, helper.id === me ? null : helper.name));
  if (back > 0) lines.push(givenBack(back, beneficiary.id === me ? null : beneficiary.name));
  return lines.join(', ');
}

const given = (count: number, name: string | null) =>
  name === null ? t('exchange.for_you', { count }) : t('exchange.for_name', { count, name });

const givenBack = (count: number, name: string | null) =>
  name === null ? t('exchange.back_to_you', { count }) : t('exchange.back_to_name', { count, name });

/** What happens next and until when, to `me`, who is one of the two; '' once it is over. */
export function nextWords(exchange: Exchange, me: string): string {
  const { state, due_at, smiles } = exchange;
  const { name } = otherOf(exchange, me);
  const helper = sideOf(exchange, me) === 'helper';
  if (state === 'disputed') return t(smiles > 0 ? 'exchange.next_disputed' : 'exchange.next_disputed_none');
  if (due_at === null) return '';
  const when = deadline(due_at);
  switch (state) {
    case 'proposed':
      return isTurnOf(exchange, me)
        ? t('exchange.next_proposed', { when })
        : t('exchange.next_proposed_mine', { name, when });
    case 'accepted':
      return nextAccepted(helper, smiles, name, when);
    case 'done':
      if (helper)
        return t(smiles > 0 ? 'exchange.next_done_helper' : 'exchange.next_done_helper_none', { name, when });
      return smiles > 0
        ? t('exchange.next_done_beneficiary', { name, when })
        : t('exchange.next_done_beneficiary_none', { when });
    case 'missed':
      return nextMissed(helper, smiles, name, when);
    default:
      return '';
  }
}

function nextMissed(helper: boolean, smiles: number, name: string, when: string): string {
  if (smiles === 0)
    return helper
      ? t('exchange.next_missed_helper_none', { when })
      : t('exchange.next_missed_beneficiary_none', { name, when });
  return t(helper ? 'exchange.next_missed_helper' : 'exchange.next_missed_beneficiary', { name, when });
}

/**
 * Where there is room for one line: when the two meet, or else what the clock does and in how long;
 * '' where nothing waits for it.
 */
export function dueWords({ state, agreed_for, due, due_at }: Exchange, now: number = present()): string {
  if (state === 'accepted' && agreed_for !== null && Date.parse(agreed_for) > now)
    return dayAndTime(agreed_for, now);
  return due === null || due_at === null ? '' : t(`exchange.due_${due}`, { delay: delay(due_at, now) });
}

function nextAccepted(helper: boolean, smiles: number, name: string, when: string): string {
  const next = helper
    ? t('exchange.next_accepted_helper', { when })
    : t('exchange.next_accepted_beneficiary', { name, when });
  if (smiles === 0) return next;
  const back = helper
    ? t('exchange.next_accepted_back_to_name', { name })
    : t('exchange.next_accepted_back_to_you');
  return `${next} ${back}`;
}
