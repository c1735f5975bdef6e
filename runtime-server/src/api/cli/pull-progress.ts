// Pull progress as docker prints it: on a terminal one line per layer, redrawn in place; otherwise one line per change.
// Pure but for the lines it remembers; knows no stream.

import type { LayerStatus, PullProgress } from '../../../protocol/progress.ts';
import { humanSize } from './format.ts';

const WORDS: Readonly<Record<LayerStatus, string>> = {
  waiting: 'Waiting',
  exists: 'Already exists',
  downloading: 'Downloading',
  verifying: 'Verifying Checksum',
  complete: 'Pull complete',
  retrying: 'Retrying',
};

const BAR = 30;

/** Text for each change; nothing for changes that are not shown. */
export interface PullPrinter {
  text(progress: PullProgress): string;
}

/** A printer for a terminal of `columns` columns, or for a pipe or file when `columns` is 0. */
export function createPullPrinter(columns: number): PullPrinter {
  const lines = new Map<string, string>();
  return {
    text: (progress) => {
      switch (progress.kind) {
        case 'resolving':
          return resolvingText(progress.reference, progress.defaultTag);
        case 'manifest':
          return columns === 0
            ? ''
            : progress.layers.map((layer) => draw(lines, layer.id, `${layer.id}: Waiting`, columns)).join('');
        case 'layer':
          return layerText(progress, lines, columns);
        case 'done':
          return doneText(progress);
      }
    },
  };
}

function resolvingText(reference: string, defaultTag: boolean): string {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const repository = reference.slice(0, reference.lastIndexOf(':')).replace(/^docker\.io\//, '');
  const pulling = reference.includes('@') ? `${reference}: Pulling\n` : `${tag}: Pulling from ${repository}\n`;
  return `${defaultTag ? `Using default tag: ${tag}\n` : ''}${pulling}`;
}

function layerText(
  progress: Extract<PullProgress, { kind: 'layer' }>,
  lines: Map<string, string>,
  columns: number,
): string {
  const { id, status, current, total } = progress;
  if (columns === 0) {
    const shown = status === 'complete' || status === 'exists' || status === 'retrying';
    return shown ? `${id}: ${WORDS[status]}\n` : '';
  }
  const bar =
    status === 'downloading' && current !== undefined && total !== undefined ? ` ${progressBar(current, total)}` : '';
  return draw(lines, id, `${id}: ${WORDS[status]}${bar}`, columns);
}

function doneText(progress: Extract<PullProgress, { kind: 'done' }>): string {
  const name = progress.reference.replace(/^docker\.io\/(library\/)?/, '');
  const status = progress.upToDate ? `Image is up to date for ${name}` : `Downloaded newer image for ${name}`;
  return `Digest: ${progress.digest}\nStatus: ${status}\n`;
}

/** Docker's bar: `[====>    ]  1.2MB/3.4MB`. */
function progressBar(current: number, total: number): string {
  const filled = total === 0 ? BAR : Math.min(BAR, Math.floor((current / total) * BAR));
  const arrow = filled < BAR ? '>' : '=';
  return `[${'='.repeat(filled)}${arrow}${' '.repeat(BAR - filled)}] ${humanSize(current)}/${humanSize(total)}`;
}

/** Escape sequences (ECMA-48) that write `text` over the line of `id`, or on a new line below all. */
function draw(lines: Map<string, string>, id: string, text: string, columns: number): string {
  const line = text.slice(0, Math.max(1, columns - 1));
  if (lines.get(id) === line) return '';
  const known = lines.has(id);
  lines.set(id, line);
  if (!known) return `${line}\n`;
  const up = lines.size - [...lines.keys()].indexOf(id);
  return `\u001b[${up}A\r\u001b[2K${line}\u001b[${up}B\r`;
}
