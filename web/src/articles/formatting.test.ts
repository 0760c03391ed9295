import { expect, test } from 'vitest';
import { edited, type Act, type Written } from './formatting';

/** A text whose selection is written as «‹selected›», or «|» for a cursor. */
function written(drawn: string): Written {
  const cursor = drawn.indexOf('|');
  if (cursor >= 0) return { text: drawn.replace('|', ''), start: cursor, end: cursor };
  const start = drawn.indexOf('‹');
  const end = drawn.indexOf('›') - 1;
  return { text: drawn.replace(/[‹›]/g, ''), start, end };
}

function done(act: Act, drawn: string): string {
  const before = written(drawn);
  const { from, to, insert, start, end } = edited(act, before, 'texte');
  const text = before.text.slice(0, from) + insert + before.text.slice(to);
  return start === end
    ? `${text.slice(0, start)}|${text.slice(start)}`
    : `${text.slice(0, start)}‹${text.slice(start, end)}›${text.slice(end)}`;
}

test.each<[Act, string, string]>([
  ['bold', 'un ‹grand› marché', 'un **‹grand›** marché'],
  ['bold', 'un **‹grand›** marché', 'un ‹grand› marché'],
  ['bold', 'un ‹**grand**› marché', 'un ‹grand› marché'],
  ['bold', 'un |', 'un **‹texte›**'],
  ['italic', 'un ‹grand› marché', 'un _‹grand›_ marché'],
  ['italic', 'un **‹grand›** marché', 'un **_‹grand›_** marché'],
  // No mark may touch a space, nor reach over a line's end.
  ['bold', 'un ‹grand ›marché', 'un ‹**grand** ›marché'],
  ['bold', '‹un\n\ndeux›', '‹**un**\n\n**deux**›'],
])('%s in %j', (act, before, after) => {
  expect(done(act, before)).toBe(after);
});

test.each<[Act, string, string]>([
  ['heading', 'Sam|edi', '# Sam|edi'],
  ['heading', '# Sam|edi', 'Sam|edi'],
  ['heading', '## Sam|edi', '# Sam|edi'],
  ['heading', '|', '# |'],
  ['list', 'avant\n‹pain\nmiel›\naprès', 'avant\n‹- pain\n- miel›\naprès'],
  ['list', '‹- pain\n- miel›', '‹pain\nmiel›'],
  ['list', '‹pain\n\nmiel›', '‹- pain\n\n- miel›'],
  ['quote', '## Sam|edi', '> Sam|edi'],
  ['quote', 'dit\n|\nAna', 'dit\n> |\nAna'],
])('%s of lines in %j', (act, before, after) => {
  expect(done(act, before)).toBe(after);
});

test.each([
  ['voir ‹le plan›', 'voir [le plan](‹https://›)'],
  ['voir |', 'voir [texte](‹https://›)'],
  ['voir ‹https://exemple.fr/plan›', 'voir [‹texte›](https://exemple.fr/plan)'],
])('a link in %j', (before, after) => {
  expect(done('link', before)).toBe(after);
});
