/** How many smiles may be offered, here and at the server. */
export const MOST_SMILES = 1000;

/** Whether `smiles` is an amount: whole, from 0 on. */
export function isAmount(smiles: number | null): smiles is number {
  return smiles !== null && Number.isInteger(smiles) && smiles >= 0 && smiles <= MOST_SMILES;
}
