/** Why smiles passed, in the reader's words. */
import type { StatementLine } from '../api/types';
import { t } from '../i18n/index.svelte';

/** What a line of the statement is about. Of an exchange or a gift, one gave what was held, or received it. */
export function reasonText(line: Pick<StatementLine, 'reason' | 'amount' | 'held' | 'gift'>): string {
  if (line.reason === 'release') {
    const side = line.held < 0 ? 'given' : 'received';
    return t(line.gift ? `purse.reason_gift_${side}` : `purse.reason_${side}`);
  }
  if (line.gift && (line.reason === 'hold' || line.reason === 'return')) {
    return t(`purse.reason_gift_${line.reason}`);
  }
  return t(`purse.reason_${line.reason}`);
}

/**
 * The number that a line shows: what it changed in what one can spend; of what was held and then given,
 * which changed that before, how many were given.
 */
export function shownAmount(line: Pick<StatementLine, 'reason' | 'amount' | 'held'>): number {
  return line.reason === 'release' && line.amount === 0 ? line.held : line.amount;
}
