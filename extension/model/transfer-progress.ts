// Folds the progress notifications of one pull or push into one line and one fraction for a progress bar. Pure.

import { type LayerChange, type PullProgress, type PushProgress } from '../../runtime-server/protocol/progress.ts';
import { type Localizer } from '../base/localize.ts';
import { familiarReference, formatDuration, formatSize } from './format.ts';

export interface TransferState {
  readonly reference: string | undefined;
  /** Compressed bytes by layer; layers in the order of the manifest. */
  readonly layers: ReadonlyMap<string, LayerState>;
}

interface LayerState {
  readonly size: number;
  readonly current: number;
  /** Compressed bytes that are unpacked; undefined as long as nobody said. */
  readonly unpacked: number | undefined;
  /** It was there already: none of its bytes go anywhere. */
  readonly spared: boolean;
  readonly complete: boolean;
}

const UNKNOWN = { current: 0, unpacked: undefined, spared: false, complete: false };

export const NOTHING_MOVED: TransferState = { reference: undefined, layers: new Map() };

const DONE: ReadonlySet<string> = new Set(['complete', 'exists', 'mounted']);

/** The state after one more notification. */
export function advance(state: TransferState, progress: PullProgress | PushProgress): TransferState {
  switch (progress.kind) {
    case 'resolving':
      return { ...state, reference: progress.reference };
    case 'manifest': {
      const layers = progress.layers.map(({ id, size }) => [id, { ...UNKNOWN, size }] as const);
      return { ...state, layers: new Map(layers) };
    }
    case 'layer': {
      const known = state.layers.get(progress.id) ?? { ...UNKNOWN, size: progress.total ?? 0 };
      return { ...state, layers: new Map(state.layers).set(progress.id, layerAfter(known, progress)) };
    }
    case 'done':
    case 'pushed':
      return { ...state, reference: progress.reference };
  }
}

function layerAfter(known: LayerState, { status, current, total }: LayerChange): LayerState {
  const size = total ?? known.size;
  if (status === 'extracting') {
    // What is unpacked without having come was here already.
    const spared = known.spared || known.current < size;
    return { size, current: size, unpacked: current, spared, complete: false };
  }
  const complete = DONE.has(status);
  const spared = complete && (status !== 'complete' || known.spared);
  return { size, current: complete ? size : (current ?? known.current), unpacked: undefined, spared, complete };
}

/** Share of the bytes that have gone their way, 0 to 1; undefined while the sizes are not known. */
export function fraction(state: TransferState): number | undefined {
  const { total, current } = sums(state);
  return total === 0 ? undefined : Math.min(1, current / total);
}

/** Bytes that have really gone their way. */
export function movedBytes(state: TransferState): number {
  return [...state.layers.values()].reduce((sum, { current, spared }) => sum + (spared ? 0 : current), 0);
}

/** One line for a notification: how many layers and bytes have gone their way, how fast (`rate` in bytes per second), and for how long still. */
export function transferText(state: TransferState, l10n: Localizer, rate?: number): string {
  if (state.layers.size === 0) {
    return state.reference === undefined
      ? l10n.t('Asking the registry…')
      : l10n.t('Looking up {0}…', familiarReference(state.reference));
  }
  const { total, current, complete, unpacked } = sums(state);
  if (current >= total && unpacked !== undefined)
    return l10n.t(
      '{0} of {1} layers, extracting {2}',
      complete,
      state.layers.size,
      `${formatSize(unpacked, l10n)} / ${formatSize(total, l10n)}`,
    );
  const bytes = `${formatSize(current, l10n)} / ${formatSize(total, l10n)}`;
  const text = l10n.t('{0} of {1} layers, {2}', complete, state.layers.size, bytes);
  if (rate === undefined || rate === 0 || current >= total) return text;
  const left = formatDuration((total - current) / rate, l10n);
  return l10n.t('{0} ({1}/s, {2} left)', text, formatSize(rate, l10n), left);
}

interface Sums {
  readonly total: number;
  readonly current: number;
  readonly complete: number;
  /** Undefined while no layer is being unpacked. */
  readonly unpacked: number | undefined;
}

function sums(state: TransferState): Sums {
  let total = 0;
  let current = 0;
  let complete = 0;
  let unpacked = 0;
  let unpacking = false;
  for (const layer of state.layers.values()) {
    total += layer.size;
    current += Math.min(layer.current, layer.size);
    if (layer.complete) complete += 1;
    unpacked += layer.complete ? layer.size : (layer.unpacked ?? 0);
    unpacking ||= layer.unpacked !== undefined;
  }
  return { total, current, complete, unpacked: unpacking ? unpacked : undefined };
}
