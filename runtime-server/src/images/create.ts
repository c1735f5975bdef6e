// Puts the images together out of registry, content and layers. The registry client, and undici with it, is loaded by
// the first pull.

import { readFileSync } from 'node:fs';
import { printable } from '../base/validate.ts';
import { createWorkspace } from '../base/workspace.ts';
import { createContentStore } from '../content/store.ts';
import { createLayerStore } from '../layers/store.ts';
import { createUnpacker, type Unpacker } from '../layers/unpacker.ts';
import type { Limits, Registry } from '../registry/client.ts';
import { createSettingsReader } from '../registry/settings.ts';
import { createCatalog } from './catalog.ts';
import { createCollector } from './collect.ts';
import { during } from './failure.ts';
import type { Images, ImagesDependencies } from './images.ts';
import { createLeases } from './leases.ts';
import { createNaming } from './naming.ts';
import type { PullContext } from './pull.ts';
import { createPulls } from './pulls.ts';
import { createQueries } from './queries.ts';
import { createSyncer } from './syncer.ts';
import { createRefStore } from './refs.ts';

const PARALLEL_LAYERS = 4;

/** What only tests replace. */
export interface ImagesOverrides {
  readonly unpacker?: Unpacker;
  readonly limits?: Partial<Limits>;
  readonly bootId?: string;
  readonly now?: () => Date;
}

export function createImages(dependencies: ImagesDependencies, overrides: ImagesOverrides = {}): Images {
  const { dataDirectory, log } = dependencies;
  const warn = (message: string): void => {
    log.warn(message);
  };
  const workspace = dependencies.workspace ?? createWorkspace({ dataDirectory, onError: warn });
  const content = createContentStore(dataDirectory, workspace);
  const layers = createLayerStore({
    dataDirectory,
    workspace,
    blobs: content,
    unpacker: overrides.unpacker ?? createUnpacker(dependencies.binDirectory),
    squashIds: dependencies.singleId,
    bootId: overrides.bootId ?? currentBoot(),
    parallel: PARALLEL_LAYERS,
  });
  const syncer = createSyncer(() => layers.sync(), warn);
  const refs = createRefStore(dataDirectory, workspace);
  const catalog = createCatalog({ refs, blobs: content, onDamage: warn });
  const leases = createLeases();
  const { containerRoots, onChange } = dependencies;
  const queries = createQueries({
    catalog,
    content,
    layers,
    leases,
    containerRoots,
    hostPlatform: dependencies.hostPlatform,
    sync: syncer.request,
  });
  const collect = createCollector({ catalog, content, layers, leases, containerRoots });
  const naming = createNaming({
    catalog,
    collect,
    onChange: async (action, image) => {
      const gone = action === 'delete' ? undefined : await queries.summary(image);
      onChange({ action, id: image.id, ...(gone === undefined ? {} : { image: gone }) });
    },
  });
  const now = overrides.now ?? ((): Date => new Date());
  const context: PullContext = {
    catalog,
    content,
    layers,
    leases,
    naming,
    collect,
    parallel: PARALLEL_LAYERS,
    now,
    sync: syncer.request,
    warn,
  };
  const registry = createLazyRegistry(dependencies, overrides.limits);
  const pulls = createPulls({ context, hostPlatform: dependencies.hostPlatform, registry: registry.get });
  return {
    start: () =>
      during(`open ${dataDirectory}`, async () => {
        await workspace.start();
        await Promise.all([content.start(), layers.start(), refs.start()]);
      }),
    pull: (reference, options) => pulls.pull(reference, options),
    importLayout: (directory, reference, options) => pulls.importLayout(directory, reference, options),
    list: () => queries.list(),
    resolve: (image, options) => queries.resolve(image, options),
    inspect: (image) => queries.inspect(image),
    lease: (image, options) => queries.lease(image, options),
    remove: async (image, options) => {
      await catalog.ready();
      return during(`remove image ${printable(image)}`, () => naming.remove(image, options));
    },
    layers: { lowerDirs: (diffIds) => layers.lowerDirs(diffIds) },
    async gc() {
      const removed = await during('clean up', () => collect());
      return { blobs: removed.blobs.length, layers: removed.layers.length };
    },
    async close() {
      await pulls.stop();
      await registry.close();
      await syncer.idle();
      await workspace.idle();
    },
  };
}

function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

interface LazyRegistry {
  readonly get: () => Promise<Registry>;
  readonly close: () => Promise<void>;
}

function createLazyRegistry(dependencies: ImagesDependencies, limits: Partial<Limits> | undefined): LazyRegistry {
  const settings = createSettingsReader(dependencies.settingsPath);
  const { credentials, proxy, userAgent = 'slipway' } = dependencies;
  let registry: Promise<Registry> | undefined;
  const load = async (): Promise<Registry> => {
    const { createRegistry } = await import('../registry/client.ts');
    return createRegistry({ settings, credentials, proxy, userAgent, limits });
  };
  return {
    get: () => (registry ??= load()),
    close: async () => {
      await (await registry)?.close();
    },
  };
}
