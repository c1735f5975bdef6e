// Images over a data directory of their own, with short limits; with slipway-layer where it is built, else with the
// stand-in. Says what is left on the disk.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createImages, type ImagesOverrides } from '../../runtime-server/src/images/create.ts';
import type { ContainerRoot, ImageChange, Images, ImagesDependencies } from '../../runtime-server/src/images/images.ts';
import { hostPlatform } from '../../runtime-server/src/oci/platform.ts';
import { createFakeUnpacker } from './fake-unpacker.ts';

export const BIN_DIRECTORY = resolve(import.meta.dirname, '../../dist/bin');
/** Whether the real layer tool is built. */
export const HAS_LAYER_TOOL = isProgram(join(BIN_DIRECTORY, 'slipway-layer'));

export interface ImageStore extends AsyncDisposable {
  readonly images: Images;
  readonly dataDirectory: string;
  readonly changes: readonly ImageChange[];
  readonly warnings: readonly string[];
  /** Claims of containers; tests add to it. */
  readonly roots: ContainerRoot[];
  /** Writes the settings with daemon.json's keys. */
  configure(settings: unknown): Promise<void>;
  /** Names in a directory of the data directory, sorted. */
  names(...path: readonly string[]): Promise<readonly string[]>;
  /** A second server over the same data directory, as after a crash. */
  restart(overrides?: ImagesOverrides): Promise<Images>;
}

export interface StoreOptions {
  readonly overrides?: ImagesOverrides;
  readonly dependencies?: Partial<ImagesDependencies>;
  /** Puts the data directory on a file system of its own with so many bytes; needs root and mounts. */
  readonly bytes?: number;
  /** How many files that file system may have. */
  readonly inodes?: number;
}

/** What a test waits at most. */
export const LIMITS = {
  connect: 2000,
  headers: 1000,
  stall: 300,
  manifest: 3000,
  commit: 2000,
  piece: 100_000,
  attempts: 3,
  firstPause: 5,
  longestPause: 1500,
};

export async function openImageStore(options: StoreOptions = {}): Promise<ImageStore> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'slipway-images-'));
  if (options.bytes !== undefined) mountSmall(dataDirectory, options.bytes, options.inodes);
  const settingsPath = join(dataDirectory, 'daemon.json');
  const changes: ImageChange[] = [];
  const warnings: string[] = [];
  const roots: ContainerRoot[] = [];
  const opened: Images[] = [];
  const open = async (overrides: ImagesOverrides = {}): Promise<Images> => {
    const dependencies: ImagesDependencies = {
      dataDirectory,
      binDirectory: BIN_DIRECTORY,
      singleId: false,
      settingsPath,
      containerRoots: () => roots,
      onChange: (change) => changes.push(change),
      log: { info: () => undefined, warn: (message) => warnings.push(message) },
      hostPlatform: hostPlatform(process.arch),
      userAgent: 'slipway-test',
      ...options.dependencies,
    };
    const tool = HAS_LAYER_TOOL ? {} : { unpacker: createFakeUnpacker() };
    const images = createImages(dependencies, { limits: LIMITS, ...tool, ...options.overrides, ...overrides });
    await images.start();
    opened.push(images);
    return images;
  };
  return {
    images: await open(),
    dataDirectory,
    changes,
    warnings,
    roots,
    configure: (settings) => writeFile(settingsPath, JSON.stringify(settings)),
    names: async (...path) => {
      try {
        return (await readdir(join(dataDirectory, ...path))).sort();
      } catch {
        return [];
      }
    },
    restart: (overrides) => open(overrides),
    async [Symbol.asyncDispose]() {
      for (const images of opened) await images.close();
      if (options.bytes !== undefined) execFileSync('umount', [dataDirectory]);
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** What a failed pull must not leave: everything but directories that are always there. */
export async function leftovers(store: ImageStore): Promise<readonly string[]> {
  const places = [['tmp'], ['blobs', 'sha256'], ['layers'], ['refs']] as const;
  const found = await Promise.all(
    places.map(async (path) => (await store.names(...path)).map((name) => join(...path, name))),
  );
  return found.flat();
}

function mountSmall(directory: string, bytes: number, inodes = 0): void {
  // tmpfs has no bound where it is 0
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},nr_inodes=${inodes}`, 'tmpfs', directory]);
}

/** Why no file system can be mounted here; for `skip`. */
export function withoutMounts(): string | false {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
    ? false
    : 'no file system can be mounted';
}

function isProgram(path: string): boolean {
  return existsSync(path) && readFileSync(path).subarray(1, 4).toString('latin1') === 'ELF';
}
