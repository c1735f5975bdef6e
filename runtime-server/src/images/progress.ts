// Progress of one pull or push: told to all who wait for it, not more often than anybody can read. Knows no wire.

import type { LayerStatus, PullProgress, TransferProgress } from '../../protocol/progress.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortId, type Digest } from '../oci/digest.ts';

export type ProgressListener = (progress: PullProgress) => void;

/** The listeners of pulls going on, by pull. */
export interface ProgressHubs {
  join(key: string, listener: ProgressListener | undefined): ProgressHub;
}

/** One listener's place at one pull. Who comes late gets the present state first. */
export interface ProgressHub extends Disposable {
  readonly emit: ProgressListener;
  /** Forgets the state of an earlier try and begins with this event. */
  restart(first: PullProgress): void;
}

interface Pull {
  readonly listeners: Set<ProgressListener>;
  readonly state: Map<string, PullProgress>;
}

export function createProgressHubs(): ProgressHubs {
  const pulls = new Map<string, Pull>();
  return {
    join(key, given) {
      const pull: Pull = pulls.get(key) ?? { listeners: new Set(), state: new Map() };
      pulls.set(key, pull);
      // Who listens badly must not end the pull for the others.
      const listener: ProgressListener = (progress) => {
        try {
          given?.(progress);
        } catch {
          // Its own affair.
        }
      };
      for (const progress of pull.state.values()) listener(progress);
      pull.listeners.add(listener);
      const emit = (progress: PullProgress): void => {
        pull.state.set(progress.kind === 'layer' ? `layer ${progress.id}` : progress.kind, progress);
        for (const each of pull.listeners) each(progress);
      };
      return {
        emit,
        restart(first) {
          pull.state.clear();
          emit(first);
        },
        [Symbol.dispose]() {
          pull.listeners.delete(listener);
          if (pull.listeners.size === 0 && pulls.get(key) === pull) pulls.delete(key);
        },
      };
    },
  };
}

/** The life of one layer in progress events. */
export interface LayerProgress {
  exists(): void;
  /** Mounted from that repository. */
  mounted(from: string): void;
  bytes(total: number): void;
  verifying(): void;
  /** Of the compressed bytes. Told once they are all here. */
  unpacked(total: number): void;
  retrying(): void;
  complete(): void;
}

const INTERVAL = 100; // milliseconds

/** Says whether it is time again to tell of bytes: the first time at once. */
export function pacer(now = (): number => performance.now()): () => boolean {
  let last = -Infinity;
  return () => {
    if (now() - last < INTERVAL) return false;
    last = now();
    return true;
  };
}

/** `moving`: what its bytes do. */
export function layerProgress(
  layer: Descriptor,
  emit: (progress: TransferProgress) => void,
  moving: 'downloading' | 'uploading',
  now = (): number => performance.now(),
): LayerProgress {
  const id = shortId(layer.digest);
  const { size: total } = layer;
  const isTime = pacer(now);
  let current = 0;
  let coming = false;
  const tell = (status: LayerStatus, at = total): void => {
    emit({ kind: 'layer', id, status, current: at, total });
  };
  return {
    exists: () => {
      tell('exists');
    },
    mounted: (from) => {
      emit({ kind: 'layer', id, status: 'mounted', current: total, total, from });
    },
    bytes: (bytes) => {
      current = bytes;
      coming = true;
      if (isTime()) tell(moving, current);
    },
    verifying: () => {
      coming = false;
      tell('verifying');
    },
    unpacked: (bytes) => {
      if (!coming && isTime()) tell('extracting', bytes);
    },
    retrying: () => {
      tell('retrying', current);
    },
    complete: () => {
      tell('complete');
    },
  };
}

/** The layers as the `manifest` event lists them: each once. */
export function layerRefs(layers: readonly Descriptor[]): readonly { readonly id: string; readonly size: number }[] {
  const unique = new Map<Digest, Descriptor>(layers.map((layer) => [layer.digest, layer]));
  return [...unique.values()].map((layer) => ({ id: shortId(layer.digest), size: layer.size }));
}
