/**
 * French spaces, set once when a catalogue is loaded.
 *
 * Authors write ordinary spaces and ordinary quotes of French («…»); the reader gets the narrow
 * no-break space before ; ! ? and the no-break space before : and inside guillemets, so that no
 * line ever begins with a question mark.
 */

const NARROW = '\u202f';
const NO_BREAK = '\u00a0';

/** A vowel, or a y before a consonant (Yves, not Yann). An h may be either: one writes it whole. */
const ELIDES = /^([aeiouœæ]|y(?![aeiouy]))/i;

/** Return `template` with `de {name}` written as one says it before `words.name`: « d’Ana », « de Bo ». */
export function elided(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\b([Dd])e \{(\w+)\}/g, (whole, d: string, name: string) =>
    ELIDES.test((words[name] ?? '').normalize('NFD')) ? `${d}’{${name}}` : whole,
  );
}

/** Return `text` with the spaces of French typography and curly apostrophes. */
export function french(text: string): string {
  return text
    .replace(/'/g, '’')
    .replace(/ ([;!?])/g, `${NARROW}$1`)
    .replace(/ :/g, `${NO_BREAK}:`)
    .replace(/« ?/g, `«${NO_BREAK}`)
    .replace(/ ?»/g, `${NO_BREAK}»`)
    .replace(/(\d) (smiles?|m|km|h|min|%|€)(?![\p{L}])/gu, `$1${NO_BREAK}$2`);
}
