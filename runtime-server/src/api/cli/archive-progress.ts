// Progress of load and import on a terminal: a line for the archive while it is read, then one for each layer. On a pipe there is
// none, as docker has it. Pure but for the lines it remembers; knows no stream.

import type { PullProgress } from '../../../protocol/progress.ts';
import { createLines, PULL_WORDS, type Words } from './transfer-progress.ts';

export interface ArchivePrinter {
  /** Bytes of the archive that are read; `total` is undefined where nobody knows it. */
  bytes(current: number, total: number | undefined): string;
  layer(progress: PullProgress): string;
}

const LOAD_WORDS: Words = {
  ...PULL_WORDS,
  downloading: 'Reading',
  extracting: 'Loading layer',
  complete: 'Loaded',
};

const IMPORT_WORDS: Words = { ...LOAD_WORDS, downloading: 'Importing', extracting: 'Extracting', complete: 'Imported' };

/** Docker's words of that command, for a terminal of `columns` columns; nothing where `columns` is 0. */
export function createArchivePrinter(columns: number, command: 'load' | 'import'): ArchivePrinter {
  if (columns === 0) return { bytes: () => '', layer: () => '' };
  const lines = createLines(columns, command === 'load' ? LOAD_WORDS : IMPORT_WORDS);
  return {
    bytes: (current, total) =>
      lines.change({
        kind: 'layer',
        id: 'archive',
        status: 'downloading',
        current,
        ...(total === undefined ? {} : { total }),
      }),
    layer: (progress) => {
      if (progress.kind === 'manifest') return lines.begin(progress.layers);
      return progress.kind === 'layer' ? lines.change(progress) : '';
    },
  };
}
