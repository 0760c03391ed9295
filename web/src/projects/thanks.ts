/** Who is thanked: the server names somebody once for each way of supporting, the page once for all. */
import type { Supporter } from '../api/types';
import type { Person } from '../protocol';

export interface Thanked {
  person: Person;
  ways: readonly Supporter['what'][];
}

/** `supporters`, each once, in the order in which they come first. */
export function thanked(supporters: readonly Supporter[]): readonly Thanked[] {
  const found = new Map<string, { person: Person; ways: Supporter['what'][] }>();
  for (const { person, what } of supporters) {
    const known = found.get(person.id);
    if (!known) found.set(person.id, { person, ways: [what] });
    else if (!known.ways.includes(what)) known.ways.push(what);
  }
  return [...found.values()];
}
