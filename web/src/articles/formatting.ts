/**
 * What the toolbar does to Markdown: each act is one replacement, so that one step of undo takes it back.
 *
 * Acts of words mark what is selected, line by line, since no mark reaches over a paragraph's end; done
 * again, they take the mark away. Acts of lines do the same with what the lines begin with.
 */
export const ACTS = ['bold', 'italic', 'heading', 'list', 'quote', 'link'] as const;
export type Act = (typeof ACTS)[number];

/** A text and what is selected of it. */
export interface Written {
  text: string;
  start: number;
  end: number;
}

/** Replace what is between `from` and `to`; then `start` to `end` is selected. */
export interface Edit {
  from: number;
  to: number;
  insert: string;
  start: number;
  end: number;
}

const MARKS = { bold: '**', italic: '_' } as const;
/** The title of the page stands above: the first heading of an article is the one below that. */
const STARTS = { heading: '# ', list: '- ', quote: '> ' } as const;
/** Any beginning that an act may have given a line. */
const ANY_START = /^(#{1,6} |[-*] |> ?)/;
const ADDRESS = /^(https?:\/\/|mailto:)\S+$/i;

/** What `act` does to `written`; `sample` stands where there are no words yet. */
export function edited(act: Act, written: Written, sample: string): Edit {
  if (act === 'link') return linked(written, sample);
  return act in MARKS
    ? marked(written, MARKS[act as keyof typeof MARKS], sample)
    : begun(written, STARTS[act as keyof typeof STARTS]);
}

function marked({ text, start, end }: Written, mark: string, sample: string): Edit {
  const size = mark.length;
  const around = text.slice(start - size, start) === mark && text.slice(end, end + size) === mark;
  const chosen = text.slice(start, end);
  if (around) return replaced(start - size, end + size, chosen, 0, chosen.length);
  if (chosen === '') return replaced(start, end, mark + sample + mark, size, sample.length);
  if (isMarked(chosen, mark)) {
    const bare = chosen.slice(size, -size);
    return replaced(start, end, bare, 0, bare.length);
  }
  const insert = chosen
    .split('\n')
    .map((line) =>
      line.replace(/^(\s*)(.*?)(\s*)$/, (whole, before, words, after) =>
        words ? `${before}${mark}${words}${mark}${after}` : whole,
      ),
    )
    .join('\n');
  const single = !chosen.includes('\n') && chosen.trim() === chosen;
  return single
    ? replaced(start, end, insert, size, chosen.length)
    : replaced(start, end, insert, 0, insert.length);
}

function isMarked(chosen: string, mark: string): boolean {
  return chosen.length > 2 * mark.length && chosen.startsWith(mark) && chosen.endsWith(mark);
}

function begun({ text, start, end }: Written, prefix: string): Edit {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next === -1 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const written = lines.filter((line) => line.trim() !== '');
  const all = written.length > 0 && written.every((line) => line.startsWith(prefix));
  const changed = lines.map((line) => {
    if (all) return line.startsWith(prefix) ? line.slice(prefix.length) : line;
    // Blank lines part what is above from what is below; a single one is where one begins.
    return line.trim() === '' && lines.length > 1 ? line : prefix + line.replace(ANY_START, '');
  });
  const insert = changed.join('\n');
  if (start !== end) return replaced(from, to, insert, 0, insert.length);
  // The cursor stays by its letter.
  const column = Math.max(0, start - from + insert.length - (to - from));
  return replaced(from, to, insert, column, 0);
}

function linked({ text, start, end }: Written, sample: string): Edit {
  const chosen = text.slice(start, end).trim();
  if (ADDRESS.test(chosen)) return replaced(start, end, `[${sample}](${chosen})`, 1, sample.length);
  const words = chosen.replace(/\n+/g, ' ') || sample;
  const begins = 'https://';
  return replaced(start, end, `[${words}](${begins})`, words.length + 3, begins.length);
}

function replaced(from: number, to: number, insert: string, offset: number, length: number): Edit {
  return { from, to, insert, start: from + offset, end: from + offset + length };
}
