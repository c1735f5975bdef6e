// Progress of pulls and pushes as docker prints it: on a terminal one line per layer, redrawn in place; otherwise one line per change.
// Pure but for the lines it remembers; knows no stream.

import type { LayerChange, LayerRef, LayerStatus, PullProgress, PushProgress } from '../../../protocol/progress.ts';
import { humanSize, splitReference } from './format.ts';
import { createPace, type Pace } from './pace.ts';

export type Words = Readonly<Record<LayerStatus, string>>;

export const PULL_WORDS: Words = {
  waiting: 'Waiting',
  exists: 'Already exists',
  downloading: 'Downloading',
  verifying: 'Verifying Checksum',
  extracting: 'Extracting',
  uploading: 'Pushing',
  mounted: 'Mounted from',
  complete: 'Pull complete',
  retrying: 'Retrying',
};

const PUSH_WORDS: Words = { ...PULL_WORDS, waiting: 'Preparing', exists: 'Layer already exists', complete: 'Pushed' };

/** Changes that are told on a pipe; the others only move a bar. */
const TOLD: ReadonlySet<LayerStatus> = new Set(['waiting', 'exists', 'mounted', 'complete', 'retrying']);

/** Statuses whose bytes get on. */
const MOVING: ReadonlySet<LayerStatus> = new Set(['downloading', 'uploading', 'extracting']);

/** Characters of a bar; on a terminal narrower than 100 columns less, so that what stands behind it fits into 80. */
const barWidth = (columns: number): number => (columns < 100 ? 12 : 30);

/** Text for each change; nothing for changes that are not shown. */
export interface Printer<P> {
  text(progress: P): string;
}

/** A printer for a terminal of `columns` columns, or for a pipe or file when `columns` is 0. */
export function createPullPrinter(columns: number, now?: () => number): Printer<PullProgress> {
  const lines = createLines(columns, PULL_WORDS, now);
  return {
    text: (progress) => {
      switch (progress.kind) {
        case 'resolving':
          return pullingText(progress.reference, progress.defaultTag);
        case 'manifest':
          return columns === 0 ? '' : lines.begin(progress.layers);
        case 'layer':
          return lines.change(progress);
        case 'done':
          return doneText(progress);
      }
    },
  };
}

/** The same for a push. */
export function createPushPrinter(columns: number): Printer<PushProgress> {
  let lines = createLines(columns, PUSH_WORDS);
  return {
    text: (progress) => {
      switch (progress.kind) {
        case 'resolving':
          return pushingText(progress.reference, progress.defaultTag);
        case 'manifest':
          lines = createLines(columns, PUSH_WORDS); // each tag has lines of its own
          return lines.begin(progress.layers);
        case 'layer':
          return lines.change(progress);
        case 'pushed': {
          const tag = progress.reference.slice(progress.reference.lastIndexOf(':') + 1);
          return `${tag}: digest: ${progress.digest} size: ${progress.size}\n`;
        }
      }
    },
  };
}

function pushingText(reference: string, defaultTag: boolean): string {
  const { repository, tag } = splitReference(reference);
  return `${defaultTag ? `Using default tag: ${tag}\n` : ''}The push refers to repository [${repository}]\n`;
}

function pullingText(reference: string, defaultTag: boolean): string {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const repository = reference.slice(0, reference.lastIndexOf(':')).replace(/^docker\.io\//, '');
  const pulling = reference.includes('@') ? `${reference}: Pulling\n` : `${tag}: Pulling from ${repository}\n`;
  return `${defaultTag ? `Using default tag: ${tag}\n` : ''}${pulling}`;
}

export interface Lines {
  /** All layers at once, before anything is known of them. */
  begin(layers: readonly LayerRef[]): string;
  change(change: LayerChange): string;
}

/** A line for each id; on a pipe (`columns` is 0) only what is worth telling. `now` in milliseconds. */
export function createLines(columns: number, words: Words, now = (): number => performance.now()): Lines {
  const lines = new Map<string, string>();
  const paces = new Map<string, Pace>();
  const paceOf = (key: string): Pace => {
    const pace = paces.get(key) ?? createPace();
    paces.set(key, pace);
    return pace;
  };
  const barOf = ({ id, status, current, total }: LayerChange): string => {
    if (!MOVING.has(status) || current === undefined) return '';
    return ` ${progressBar(current, total, barWidth(columns))}${paceOf(`${id} ${status}`).text(current, total, now())}`;
  };
  const change = (changed: LayerChange): string => {
    const { id, status, from } = changed;
    const source = from === undefined ? '' : ` ${from}`;
    if (columns === 0) return TOLD.has(status) ? `${id}: ${words[status]}${source}\n` : '';
    const bar = barOf(changed);
    return draw(lines, id, `${id}: ${words[status]}${source}${bar}`, columns);
  };
  return {
    begin: (layers) => layers.map(({ id }) => change({ kind: 'layer', id, status: 'waiting' })).join(''),
    change,
  };
}

function doneText(progress: Extract<PullProgress, { kind: 'done' }>): string {
  const name = progress.reference.replace(/^docker\.io\/(library\/)?/, '');
  const status = progress.upToDate ? `Image is up to date for ${name}` : `Downloaded newer image for ${name}`;
  return `Digest: ${progress.digest}\nStatus: ${status}\n`;
}

/** Docker's bar: `[====>    ]  1.2MB/3.4MB`, or the bytes alone where nobody knows how many there are. */
function progressBar(current: number, total: number | undefined, width: number): string {
  if (total === undefined) return humanSize(current);
  const filled = total === 0 ? width : Math.min(width, Math.floor((current / total) * width));
  const arrow = filled < width ? '>' : '=';
  return `[${'='.repeat(filled)}${arrow}${' '.repeat(width - filled)}] ${humanSize(current)}/${humanSize(total)}`;
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
