/** How the smiles of a disputed exchange are shared out, checked and in words. */
import { t } from '../i18n/index.svelte';
import type { Exchange } from '../protocol';

/** Whether `count` of the held smiles may pass to the helper: whole, none to all. */
export function isShare(count: number | null, { smiles }: Pick<Exchange, 'smiles'>): count is number {
  return count !== null && Number.isInteger(count) && count >= 0 && count <= smiles;
}

/** «3 smiles pour Bo, 1 smile revient à Ana»; '' where nothing is held. */
export function shareWords(toHelper: number, { smiles, helper, beneficiary }: Exchange): string {
  const parts = [];
  if (toHelper > 0) parts.push(t('exchange.for_name', { count: toHelper, name: helper.name }));
  const back = smiles - toHelper;
  if (back > 0) parts.push(t('exchange.back_to_name', { count: back, name: beneficiary.name }));
  return parts.join(', ');
}
