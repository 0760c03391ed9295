/**
 * Web addresses in what members write become links. Only plain http and https ones, and never as HTML:
 * the text is cut into pieces that are drawn as text nodes.
 */
export type Piece = { text: string; href?: string };

// Stops at blanks, at signs that do not belong into an address, and at marks that turn the reading
// direction: with those, an address could be made to look like another.
const ADDRESS = /https?:\/\/[^\s<>"«»“”\p{Cc}\p{Cf}]+/giu;
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Cut `text` into pieces; joined again, their texts are `text`. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTail(match[0]);
    const href = safeHref(address);
    if (href === null) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** The address without the punctuation of the sentence around it; brackets stay if they are paired. */
function withoutTail(address: string): string {
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const opening = CLOSING[last];
    if (opening !== undefined) {
      const kept = address.slice(0, end);
      if (kept.split(opening).length >= kept.split(last).length) break;
    } else if (!".,;:!?…'’*_".includes(last)) break;
  }
  return address.slice(0, end);
}

/** What to link to, or null: https://bank.example@evil.example reads like another address than it is. */
function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const plain =
    (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
  return plain ? url.href : null;
}
