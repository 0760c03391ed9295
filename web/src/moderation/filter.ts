/** Which lines of the feed a moderator's words leave: accents and capitals do not matter. */
import type { FeedItem } from '../protocol';

/** Whether every word of `words` is in the item's title, text or author's name. */
export function matches(item: FeedItem, words: string): boolean {
  const where = plain(`${item.listing.title} ${item.text} ${item.author.name}`);
  return plain(words)
    .split(/\s+/)
    .every((word) => where.includes(word));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
