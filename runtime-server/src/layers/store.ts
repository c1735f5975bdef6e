// The layer store: <data>/layers/<key>/{fs/,done.json}, each layer unpacked once and shared by all images. A layer is
// there when its done.json is. Drives the layer tool through a port; knows no registry and no references.

import * as fs from 'node:fs/promises';
import { createLimiter } from '../base/mutex.ts';
import { parseDigest, type Digest } from '../oci/digest.ts';
import type { LayerRecord } from './record.ts';
import { createShelf } from './shelf.ts';
import { examineLayer, type Examination, type LayerFinding } from './examine-layer.ts';
import { createLayerUnpacking, type LayerBlobs, type LayerRequest } from './unpack-layer.ts';
import type { Unpacker } from './unpacker.ts';

export interface LayersWorkspace {
  temporary(kind: string): string;
  discard(path: string): Promise<void>;
}

export interface LayerStoreOptions {
  readonly dataDirectory: string;
  readonly workspace: LayersWorkspace;
  readonly blobs: LayerBlobs;
  readonly unpacker: Unpacker;
  /** All owners become 0:0 (single-id map). */
  readonly squashIds: boolean;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** How many layers are unpacked at the same time. */
  readonly parallel: number;
}

export interface LayerStore {
  /** Makes the directory; await it before anything else. */
  start(): Promise<void>;
  /** The top layer of the stack (diffIDs, bottom first) when it is there and usable. */
  find(diffIds: readonly Digest[]): Promise<LayerRecord | undefined>;
  /**
   * Makes the top layer of the stack be there. One pass from the network to the directory and the blob file; both get
   * their names only if both digests match. Two requests for the same layer share one pass. `fetched` is false when it
   * was there already.
   */
  unpack(request: LayerRequest): Promise<{ readonly fetched: boolean }>;
  /** One syncfs for all that was unpacked since the last one. */
  sync(): Promise<void>;
  /** The directories of a stack, top first, a layer that occurs twice only once. Throws DataLoss when one is missing. */
  lowerDirs(diffIds: readonly string[]): Promise<readonly string[]>;
  /** Compares an unpacked layer with what its blob says. */
  examine(examination: Examination): Promise<LayerFinding>;
  /** Removes a layer with all its variants; bytes of file content that go with it. */
  remove(diffId: Digest): Promise<number>;
  /** DiffIDs of all layers. */
  list(): Promise<readonly Digest[]>;
}

export function createLayerStore(options: LayerStoreOptions): LayerStore {
  const shelf = createShelf(options);
  const tools = { ...options, shelf, limiter: createLimiter(options.parallel) };
  return {
    start: async () => {
      await fs.mkdir(shelf.directory, { recursive: true });
    },
    find: async (diffIds) => (await shelf.find(diffIds))?.record,
    unpack: createLayerUnpacking(tools),
    sync: async () => {
      const fresh = shelf.fresh();
      await options.unpacker.sync(shelf.directory);
      for (const key of fresh) await shelf.markDurable(key);
    },
    // Overlay takes no directory twice; what the lower one of two equals holds is hidden by the upper anyway.
    lowerDirs: async (diffIds) => [...new Set(await shelf.lowerDirectories(diffIds.map(parseDigest)))],
    examine: (examination) => examineLayer(tools, examination),
    remove: (diffId) => shelf.remove(diffId),
    list: () => shelf.list(),
  };
}
