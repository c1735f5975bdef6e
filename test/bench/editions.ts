// Editions of one image for the pull cases: each has the same files and one more of its own in every layer, so that each
// is pulled as if for the first time, while nothing has to be removed in between. (ext4 makes inodes many times slower
// for some minutes after others were deleted: its `recently_deleted` passes over each of them.)

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { buildImage, pushImage, sha256, tarOf, type Entry, type TestLayer } from '../support/images.ts';

export interface Editions {
  /** Pushes one edition and returns its reference. */
  push(registry: string, edition: number): Promise<string>;
}

/** What a layer's editions have in common. */
interface Common {
  readonly tar: Buffer;
  readonly gzip: Buffer;
}

const commonOf = (tar: Buffer): Common => ({ tar, gzip: gzipSync(tar) });

/** A root file system given as a tar, as the one gzip layer of an image. */
export function debianEditions(archive: string): Editions {
  return editionsOf('debian', [commonOf(readFileSync(archive))]);
}

const LAYERS = 12;
const DIRECTORIES = 250;
const FILES = 20;

/** Twelve gzip layers, each with 250 folders of 20 files of 100 bytes to 4 KB: 60,000 files. */
export async function smallFilesEditions(): Promise<Editions> {
  const layers: Common[] = [];
  for (let layer = 0; layer < LAYERS; layer++) layers.push(commonOf(await tarOf(smallFiles(layer))));
  return editionsOf('small', layers);
}

/** Six gzip layers, each one file of 8 MiB that does not get smaller. */
export async function largeFilesEditions(): Promise<Editions> {
  const layers: Common[] = [];
  for (let layer = 0; layer < 6; layer++)
    layers.push(commonOf(await tarOf([{ name: `srv/large${layer}`, content: randomBytes(8 << 20) }])));
  return editionsOf('large', layers);
}

function smallFiles(layer: number): Entry[] {
  return Array.from({ length: DIRECTORIES }, (_, directory): Entry[] => {
    const path = `srv/layer${layer}/directory${directory}`;
    const files = Array.from({ length: FILES }, (_, file): Entry => {
      const seed = sha256(`${path}/${file}`);
      return { name: `${path}/module${file}.js`, content: seed.repeat(2 + (Number.parseInt(seed.slice(-2), 16) % 54)) };
    });
    return [{ name: `${path}/` }, ...files];
  }).flat();
}

function editionsOf(repository: string, commons: readonly Common[]): Editions {
  return {
    push: async (registry, edition) => {
      const tag = `edition${edition}`;
      const layers: TestLayer[] = [];
      for (const [index, common] of commons.entries()) layers.push(await layerOf(common, `${tag} ${index}`));
      await pushImage(registry, repository, tag, buildImage(layers, { flavor: 'docker' }));
      return `${registry}/${repository}:${tag}`;
    },
  };
}

/** The edition's own file, and what all have: a gzip of two members (RFC 1952 §2.2), a tar whose end comes once. */
async function layerOf({ tar, gzip }: Common, text: string): Promise<TestLayer> {
  const own = withoutEnd(await tarOf([{ name: 'edition', content: text }]));
  const blob = Buffer.concat([gzipSync(own), gzip]);
  const diffId = sha256(Buffer.concat([own, tar]));
  return { blob, digest: sha256(blob), diffId, size: blob.length, compression: 'gzip' };
}

/** A tar archive ends with two blocks of zeros (POSIX ustar). */
const withoutEnd = (tar: Buffer): Buffer => tar.subarray(0, tar.length - 1024);
