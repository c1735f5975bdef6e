// The directories of the layer store and their records: finding, placing, removing. Runs nothing.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss } from '../base/errors.ts';
import { exists, listNames, moveDirectoryNoReplace, readIfExists, writeNewFile } from '../base/fs.ts';
import { createKeyedMutex, type KeyedMutex } from '../base/mutex.ts';
import { chainId } from '../oci/chain.ts';
import { fromHex, type Digest } from '../oci/digest.ts';
import { formatRecord, isLayerKey, layerKey, parseRecord, type LayerRecord } from './record.ts';

export interface Located {
  readonly key: string;
  readonly record: LayerRecord;
}

export interface Shelf {
  readonly directory: string;
  /** The top layer of a stack (diffIDs, bottom first) when it is there and usable. */
  find(diffIds: readonly Digest[]): Promise<Located | undefined>;
  /** The directories of a stack, top first. Throws DataLoss when one is missing. */
  lowerDirectories(diffIds: readonly Digest[]): Promise<readonly string[]>;
  /** Takes over a finished directory; `parents` (their chainID) when its content depends on them. */
  place(layer: string, record: LayerRecord, parents: Digest | undefined): Promise<void>;
  /** Whether the layer of that key took something from the layers below it. */
  dependsOnParents(key: string): boolean;
  /** Puts a finished directory in the place of the layer of that key, which goes. */
  replace(key: string, layer: string, record: LayerRecord): Promise<void>;
  /** Bytes of file content that go with it. */
  remove(diffId: Digest): Promise<number>;
  list(): Promise<readonly Digest[]>;
  /** Keys of layers that this process knows and that are not durable yet. */
  fresh(): readonly string[];
  /** After a syncfs that began when the layer was in its place. */
  markDurable(key: string): Promise<void>;
}

export interface ShelfOptions {
  readonly dataDirectory: string;
  readonly workspace: { temporary(kind: string): string; discard(path: string): Promise<void> };
  readonly bootId: string;
}

interface Context extends ShelfOptions {
  readonly directory: string;
  /** Of usable layers, by key; each read once. */
  readonly records: Map<string, LayerRecord>;
  /** By diffID: a layer being removed is not found by who asks for it meanwhile. */
  readonly mutex: KeyedMutex;
}

export function createShelf(options: ShelfOptions): Shelf {
  const directory = join(options.dataDirectory, 'layers');
  const context: Context = { ...options, directory, records: new Map(), mutex: createKeyedMutex() };
  const { records, mutex } = context;
  return {
    directory,
    find: (diffIds) => find(context, diffIds),
    async lowerDirectories(diffIds) {
      const stacks = diffIds.map((_, index) => diffIds.slice(0, index + 1));
      return (await Promise.all(stacks.map((stack) => directoryOf(context, stack)))).reverse();
    },
    place: (layer, record, parents) => mutex.run(record.diffId, () => place(context, layer, record, parents)),
    dependsOnParents,
    replace: (key, layer, record) => mutex.run(record.diffId, () => replace(context, key, layer, record)),
    remove: (diffId) => mutex.run(diffId, () => removeVariants(context, diffId)),
    list: async () => [...new Set((await keysOf(directory)).map(diffIdOf))],
    fresh: () => [...records].filter(([, record]) => !record.durable).map(([key]) => key),
    markDurable: async (key) => {
      const record = records.get(key);
      if (record !== undefined) await mutex.run(record.diffId, () => markDurable(context, key, record));
    },
  };
}

async function find(context: Context, diffIds: readonly Digest[]): Promise<Located | undefined> {
  const diffId = diffIds.at(-1);
  if (diffId === undefined) return undefined;
  return context.mutex.run(diffId, async () => {
    const own = await locate(context, layerKey(diffId));
    const parents = own === undefined ? chainId(diffIds.slice(0, -1)) : undefined;
    return own ?? (parents === undefined ? undefined : locate(context, layerKey(diffId, parents)));
  });
}

async function locate({ directory, records, bootId }: Context, key: string): Promise<Located | undefined> {
  const record = records.get(key) ?? (await readRecord(join(directory, key, 'done.json'), bootId));
  if (record === undefined) return undefined;
  records.set(key, record);
  return { key, record };
}

async function directoryOf(context: Context, diffIds: readonly Digest[]): Promise<string> {
  const found = await find(context, diffIds);
  if (found !== undefined) {
    const path = join(context.directory, found.key, 'fs');
    if (await exists(path)) return path;
    context.records.delete(found.key); // somebody took its files away
  }
  throw dataLoss(`layer ${diffIds.at(-1) ?? ''} is missing or damaged`, { hint: 'Pull the image again.' });
}

async function place(context: Context, layer: string, record: LayerRecord, parents: Digest | undefined): Promise<void> {
  const { workspace, directory, records } = context;
  const key = layerKey(record.diffId, parents);
  const final = join(directory, key);
  if ((await locate(context, key)) !== undefined) {
    await workspace.discard(layer); // somebody was faster
    return;
  }
  await writeNewFile(join(layer, 'done.json'), formatRecord(record), false);
  if (!(await moveDirectoryNoReplace(layer, final))) {
    await workspace.discard(final); // an unusable one
    await fs.rename(layer, final);
  }
  records.set(key, record);
}

async function replace(context: Context, key: string, layer: string, record: LayerRecord): Promise<void> {
  const { workspace, directory, records } = context;
  await writeNewFile(join(layer, 'done.json'), formatRecord(record), false);
  records.delete(key);
  await workspace.discard(join(directory, key));
  await fs.rename(layer, join(directory, key));
  records.set(key, record);
}

async function removeVariants(context: Context, diffId: Digest): Promise<number> {
  const { workspace, directory, records } = context;
  let freed = 0;
  for (const key of await keysOf(directory)) {
    if (diffIdOf(key) !== diffId) continue;
    freed += (await locate(context, key))?.record.bytes ?? 0;
    records.delete(key);
    await workspace.discard(join(directory, key));
  }
  return freed;
}

async function markDurable(
  { workspace, directory, records }: Context,
  key: string,
  record: LayerRecord,
): Promise<void> {
  if (records.get(key) !== record) return;
  const durable = { ...record, durable: true };
  // If a power cut takes this file the layer is unpacked again: no need to wait for the disk.
  const file = workspace.temporary('done');
  await writeNewFile(file, formatRecord(durable), false);
  await fs.rename(file, join(directory, key, 'done.json'));
  records.set(key, durable);
}

// What was not yet known to be on the disk when the machine stopped counts as not there.
async function readRecord(path: string, bootId: string): Promise<LayerRecord | undefined> {
  const text = await readIfExists(path);
  const record = text === undefined ? undefined : parseRecord(text);
  return record !== undefined && (record.durable || record.bootId === bootId) ? record : undefined;
}

async function keysOf(directory: string): Promise<readonly string[]> {
  return (await listNames(directory)).filter(isLayerKey);
}

function dependsOnParents(key: string): boolean {
  return key.includes('-');
}

function diffIdOf(key: string): Digest {
  return fromHex(key.slice(0, 64));
}
