// Docker's tables: columns padded with three spaces, the last one bare (Go's text/tabwriter as docker/cli sets it). Pure.

const PADDING = 3;
const MIN_WIDTH = 10;

/** Rows under a header, ending with a newline; a column but the last is at least so wide. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  narrowest = MIN_WIDTH,
): string {
  return align([header, ...rows], narrowest);
}

/** The text with its tabs as columns: cells in consecutive lines that end with a tab are one below the other. */
export function tabulate(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  return align(lines).slice(0, -1);
}

function align(lines: readonly (readonly string[])[], narrowest = MIN_WIDTH): string {
  const widths = columnWidths(lines, narrowest);
  return lines
    .map((cells, line) => `${cells.map((cell, column) => pad(cell, widths[line]?.[column] ?? 0)).join('')}\n`)
    .join('');
}

/** For each line the width of each of its columns but the last: the widest of the lines around it that have it, too. */
function columnWidths(lines: readonly (readonly string[])[], narrowest: number): readonly number[][] {
  const widths = lines.map((): number[] => []);
  const columns = lines.reduce((most, { length }) => Math.max(most, length - 1), 0);
  for (let column = 0; column < columns; column++) {
    for (let from = 0; from < lines.length;) {
      const run = lines.slice(from, endOfRun(lines, from, column));
      const most = run.reduce((widest, cells) => Math.max(widest, width(cells[column] ?? '') + PADDING), narrowest);
      run.forEach((_, index) => widths[from + index]?.push(most));
      from += run.length + 1;
    }
  }
  return widths;
}

/** The first line from here on that lacks the column, or has it as its last. */
function endOfRun(lines: readonly (readonly string[])[], from: number, column: number): number {
  let end = from;
  while (column < (lines[end]?.length ?? 0) - 1) end++;
  return end;
}

/** Characters as a terminal counts them, near enough: code points. */
const width = (text: string): number => Array.from(text).length;

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));
