/**
 * A member without a picture is shown by initials on a calm colour of their own.
 */
/** How many tints `--tint-1` … there are. */
export const TINTS = 6;

/** One or two letters for `name`; whole graphemes, so that an emoji or an accent is not cut. */
export function initials(name: string): string {
  const words = name.split(/[\s'’-]+/u).filter((word) => word !== '');
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words.slice(0, 1);
  return chosen.map((word) => firstGrapheme(word ?? '').toLocaleUpperCase()).join('');
}

function firstGrapheme(word: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
  return first?.segment ?? '';
}

/** The tint of a member, 1 to `TINTS`, the same on every screen. */
export function tint(id: string): number {
  let sum = 0;
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 65_521;
  return (sum % TINTS) + 1;
}
