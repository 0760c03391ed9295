/** What is asked before a step is taken: what it does, and which words go with it. */
import { t } from '../i18n/index.svelte';
import type { Exchange } from '../protocol';
import { otherOf, sideOf, type Act } from './sides';

export interface Asking {
  title: string;
  text: string;
  /** The button that does it. */
  act: string;
  danger?: boolean;
  words?: { label: string; hint?: string; needed?: boolean };
}

type Step = Exclude<Act, 'amend'>;

/** The name of the button by which `me` does `act` to `exchange`. */
export function actWords(exchange: Exchange, me: string, act: Act): string {
  if (act === 'report' && sideOf(exchange, me) === 'helper') return t('exchange.report_own');
  if (act !== 'cancel') return t(`exchange.${act}`);
  if (exchange.state === 'proposed') return t('exchange.withdraw');
  return t(exchange.state === 'accepted' ? 'exchange.cancel' : 'exchange.renounce');
}

/** What to ask `me` before `act`. */
export function asking(exchange: Exchange, me: string, act: Step): Asking {
  const { smiles: count } = exchange;
  const { name } = otherOf(exchange, me);
  const base = { act: actWords(exchange, me, act) };
  const aWord = { words: { label: t('exchange.words', { name }) } };
  const reasons = { words: { label: t('exchange.reasons'), needed: true } };
  switch (act) {
    case 'accept':
      return { ...base, title: t('exchange.accept_title'), text: acceptText(exchange, me) };
    case 'decline':
      return { ...base, ...aWord, title: t('exchange.decline_title'), text: t('exchange.decline_text') };
    case 'cancel':
      return { ...base, ...aWord, ...cancelling(exchange, me), danger: true };
    case 'finish':
      return {
        ...base,
        ...aWord,
        title: t('exchange.finish_title'),
        text: t(count > 0 ? 'exchange.finish_text_smiles' : 'exchange.finish_text', { name }),
      };
    case 'confirm':
      return {
        ...base,
        title: t('exchange.confirm_title', { name }),
        text: count > 0 ? t('exchange.confirm_text_smiles', { count, name }) : t('exchange.confirm_text'),
        words: { label: t('exchange.thanks'), hint: t('exchange.thanks_hint', { name }) },
      };
    case 'report':
      return { ...base, ...aWord, ...reporting(exchange, me), danger: true };
    case 'object':
      return { ...base, ...reasons, title: t('exchange.object_title'), text: t('exchange.object_text') };
    case 'dispute':
      return {
        ...base,
        ...reasons,
        title: t('exchange.dispute_title'),
        text: t(count > 0 ? 'exchange.dispute_text_smiles' : 'exchange.dispute_text'),
      };
  }
}

function acceptText(exchange: Exchange, me: string): string {
  const { smiles: count } = exchange;
  const { name } = otherOf(exchange, me);
  if (count === 0) return t('exchange.accept_text_none');
  return sideOf(exchange, me) === 'helper'
    ? t('exchange.accept_text_helper', { count, name })
    : t('exchange.accept_text_beneficiary', { count, name });
}

function cancelling(exchange: Exchange, me: string): { title: string; text: string } {
  const { smiles: count, state } = exchange;
  const { name } = otherOf(exchange, me);
  if (state === 'proposed')
    return { title: t('exchange.withdraw_title'), text: t('exchange.withdraw_text', { name }) };
  const kind = state === 'accepted' ? 'cancel' : 'renounce';
  const text = t(`exchange.${kind}_text`);
  const back =
    sideOf(exchange, me) === 'helper'
      ? t('exchange.back_to_name', { count, name })
      : t('exchange.back_to_you', { count });
  return { title: t(`exchange.${kind}_title`), text: count > 0 ? `${back}. ${text}` : text };
}

function reporting(exchange: Exchange, me: string): { title: string; text: string } {
  const { smiles: count } = exchange;
  const { name } = otherOf(exchange, me);
  if (sideOf(exchange, me) === 'beneficiary')
    return {
      title: t('exchange.report_title'),
      text: t(count > 0 ? 'exchange.report_text_smiles' : 'exchange.report_text', { name }),
    };
  const text = t('exchange.report_own_text');
  const back = t('exchange.back_to_name', { count, name });
  return { title: t('exchange.report_own_title'), text: count > 0 ? `${back}. ${text}` : text };
}
