// Puts the images together out of registry, content and layers. The registry client, and undici with it, is loaded by
// the first pull.

import { dirname, join } from 'node:path';
import { bootId } from '../base/boot.ts';
import { createSettingsReader } from '../base/settings.ts';
import { printable } from '../base/validate.ts';
import { createWorkspace, type Workspace } from '../base/workspace.ts';
import { createContentStore, type ContentStore } from '../content/store.ts';
import { createLayerStore, type LayerStore } from '../layers/store.ts';
import { createPacker } from '../layers/packer.ts';
import { createUnpacker, type Unpacker } from '../layers/unpacker.ts';
import type { Limits } from '../registry/asker.ts';
import type { Registry } from '../registry/client.ts';
import { readRegistrySettings } from '../registry/settings.ts';
import { createArchives, type ArchivesWithStop } from './archive/archives.ts';
import { createCatalog, type Catalog } from './catalog.ts';
import { checkStore } from './check.ts';
import { createCollector, type Collector } from './collect.ts';
import { commitImage } from './commit.ts';
import { during } from './failure.ts';
import type { Images, ImagesDependencies, Logins, Uppers } from './images.ts';
import { createLeases, type Leases } from './leases.ts';
import { createLogins, lazyLogins, type LazyLogins } from './logins.ts';
import { createNaming, type Naming } from './naming.ts';
import { pruneImages } from './prune.ts';
import type { PullContext } from './pull.ts';
import { createPulls, type Pulls } from './pulls.ts';
import { createPushes, type Pushes } from './pushes.ts';
import { createQueries, type Queries } from './queries.ts';
import { createSearch, createTags } from './search.ts';
import { createSyncer, type Syncer } from './syncer.ts';
import { createRefStore, type RefStore } from './refs.ts';
import { createUppers } from './uppers.ts';
import { measureUsage } from './usage.ts';

const PARALLEL_LAYERS = 4;
/** What docker's own daemon trusts for single hosts is trusted here. */
const DOCKER_CERTIFICATES = '/etc/docker/certs.d';

/** What only tests replace. */
export interface ImagesOverrides {
  readonly unpacker?: Unpacker;
  readonly limits?: Partial<Limits>;
  readonly bootId?: string;
  readonly now?: () => Date;
}

export function createImages(dependencies: ImagesDependencies, overrides: ImagesOverrides = {}): Images {
  const parts = createParts(dependencies, overrides);
  const {
    workspace,
    content,
    layers,
    refs,
    catalog,
    syncer,
    queries,
    naming,
    collect,
    registry,
    pulls,
    pushes,
    logins,
    archives,
  } = parts;
  const { containerRoots } = dependencies;
  return {
    start: () =>
      during(`open ${dependencies.dataDirectory}`, async () => {
        await workspace.start();
        await Promise.all([content.start(), layers.start(), refs.start()]);
      }),
    pull: (reference, options) => pulls.pull(reference, options),
    importLayout: (directory, reference, options) => pulls.importLayout(directory, reference, options),
    push: (reference, options) => pushes.push(reference, options),
    list: () => queries.list(),
    resolve: (image, options) => queries.resolve(image, options),
    inspect: (image) => queries.inspect(image),
    lease: (image, options) => queries.lease(image, options),
    remove: async (image, options) => {
      await catalog.ready();
      return during(`remove image ${printable(image)}`, () => naming.remove(image, options));
    },
    history: (image) => queries.history(image),
    tag: async (image, reference) => {
      await catalog.ready();
      return during(`tag image ${printable(image)}`, () => naming.tag(image, reference));
    },
    search: createSearch(registry.get),
    tags: createTags(registry.get),
    logins,
    uppers: parts.uppers,
    layers: { lowerDirs: (diffIds) => layers.lowerDirs(diffIds) },
    archives,
    async gc() {
      const removed = await during('clean up', () => collect());
      return { blobs: removed.blobs.length, layers: removed.layers.length };
    },
    prune: (options) =>
      during('prune images', () => pruneImages({ ...parts, settled: () => workspace.idle() }, options)),
    usage: () => during('measure images', () => measureUsage({ ...parts, containerRoots })),
    check: (options) =>
      during('check store', () => checkStore({ ...parts, containerRoots, sync: syncer.request }, options)),
    async warm() {
      await registry.get();
    },
    async close() {
      await Promise.all([pulls.stop(), pushes.stop(), archives.stop()]);
      await registry.close();
      await syncer.idle();
      await workspace.idle();
    },
  };
}

interface Stores {
  readonly workspace: Workspace;
  readonly content: ContentStore;
  readonly layers: LayerStore;
  readonly refs: RefStore;
  readonly catalog: Catalog;
  readonly leases: Leases;
  readonly syncer: Syncer;
  readonly warn: (message: string) => void;
}

function createStores(dependencies: ImagesDependencies, overrides: ImagesOverrides): Stores {
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
    bootId: overrides.bootId ?? bootId(),
    parallel: PARALLEL_LAYERS,
  });
  const refs = createRefStore(dataDirectory, workspace);
  const catalog = createCatalog({ refs, blobs: content, onDamage: warn });
  const syncer = createSyncer(() => layers.sync(), warn);
  return { workspace, content, layers, refs, catalog, leases: createLeases(), syncer, warn };
}

interface Parts extends Stores {
  readonly queries: Queries;
  readonly collect: Collector;
  readonly naming: Naming;
  readonly registry: LazyRegistry;
  readonly pulls: Pulls;
  readonly pushes: Pushes;
  readonly logins: Logins;
  readonly uppers: Uppers;
  readonly archives: ArchivesWithStop;
}

function createParts(dependencies: ImagesDependencies, overrides: ImagesOverrides): Parts {
  const stores = createStores(dependencies, overrides);
  const { containerRoots, onChange, hostPlatform } = dependencies;
  const sync = stores.syncer.request;
  const queries = createQueries({ ...stores, containerRoots, hostPlatform, sync });
  const collect = createCollector({ ...stores, containerRoots });
  const now = overrides.now ?? ((): Date => new Date());
  const naming = createNaming({
    catalog: stores.catalog,
    collect,
    now,
    onChange: async (action, image) => {
      const left = action === 'delete' ? undefined : await queries.summary(image);
      onChange({ action, id: image.id, ...(left === undefined ? {} : { image: left }) });
    },
  });
  const context: PullContext = { ...stores, naming, collect, parallel: PARALLEL_LAYERS, now, sync };
  const store = lazyLogins(dependencies.logins);
  const registry = createLazyRegistry(dependencies, store, overrides.limits);
  const logins = createLogins({ store, registry: registry.get });
  const pulls = createPulls({ context, hostPlatform, registry: registry.get });
  const pushes = createPushes({ ...stores, naming, parallel: PARALLEL_LAYERS, registry: registry.get });
  const packer = createPacker(dependencies.binDirectory);
  const uppers: Uppers = {
    ...createUppers({ packer, layers: stores.layers }),
    commit: (above, plan, signal) =>
      during(`commit ${printable(above.name)}`, () =>
        commitImage({ ...context, packer, workspace: stores.workspace }, above, plan, signal),
      ),
  };
  const archives = createArchives({ ...context, workspace: stores.workspace, hostPlatform });
  return { ...stores, queries, collect, naming, registry, pulls, uppers, pushes, logins, archives };
}

interface LazyRegistry {
  readonly get: () => Promise<Registry>;
  readonly close: () => Promise<void>;
}

function createLazyRegistry(
  dependencies: ImagesDependencies,
  logins: LazyLogins,
  limits: Partial<Limits> | undefined,
): LazyRegistry {
  const settings = createSettingsReader(dependencies.settingsPath, readRegistrySettings);
  const { proxy, userAgent = 'slipway' } = dependencies;
  let registry: Promise<Registry> | undefined;
  const load = async (): Promise<Registry> => {
    const { createRegistry } = await import('../registry/client.ts');
    const credentials = dependencies.credentials ?? (async (host: string) => (await logins()).find(host));
    const certificateDirectories = [join(dirname(dependencies.settingsPath), 'certs.d'), DOCKER_CERTIFICATES];
    return createRegistry({ settings, credentials, proxy, certificateDirectories, userAgent, limits });
  };
  return {
    get: () => {
      registry ??= load().catch((error: unknown) => {
        registry = undefined;
        throw error;
      });
      return registry;
    },
    close: async () => {
      await (await registry)?.close();
    },
  };
}
