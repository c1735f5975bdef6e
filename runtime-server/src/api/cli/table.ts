// Docker's tables: columns padded with three spaces, the last one bare (cli/command/formatter). Pure.

const PADDING = 3;
const MIN_WIDTH = 10;

/** Rows under a header, ending with a newline. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(MIN_WIDTH, ...all.map((row) => width(row[column] ?? '') + PADDING)),
  );
  return all
    .map(
      (row) =>
        `${row.map((cell, column) => pad(cell, column === header.length - 1 ? 0 : (widths[column] ?? 0))).join('')}\n`,
    )
    .join('');
}

/** Characters as a terminal counts them, near enough: code points. */
const width = (text: string): number => Array.from(text).length;

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));
