// Builds image archives for tests: docker-archive as docker 20.10 writes it, and OCI layout; whole or with one thing wrong.

import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { buildIndex, type TestImage } from './images.ts';

/** A file, or a link when `link` is given; `type` makes it anything. Later ones of the same name are further entries. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: Buffer | string;
  readonly link?: string;
  readonly type?: 'symlink' | 'link' | 'fifo' | 'character-device' | 'directory';
}

export async function archiveOfEntries(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content = '', link, type } of entries) {
    if (link !== undefined) archive.entry({ name, type: type ?? 'symlink', linkname: link });
    else if (type !== undefined) archive.entry({ name, type });
    else archive.entry({ name }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** docker 20.10's `save`: a folder per layer, a layer that was there before as a link, manifest.json last. */
export function oldDockerEntries(
  images: readonly (readonly [image: TestImage, tags: readonly string[]])[],
): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const placed = new Map<string, string>();
  const manifest = images.map(([image, tags], number) => {
    const layers = image.layers.map((layer, index) => {
      const folder = `${number}${index}`.padEnd(64, '0');
      const path = `${folder}/layer.tar`;
      const before = placed.get(layer.diffId);
      placed.set(layer.diffId, before ?? path);
      entries.push({ name: `${folder}/`, type: 'directory' }, { name: `${folder}/VERSION`, content: '1.0' });
      entries.push({ name: `${folder}/json`, content: '{"not":"read"}' });
      entries.push(before === undefined ? { name: path, content: layer.blob } : { name: path, link: `../${before}` });
      return path;
    });
    const config = `${image.config.digest.slice(7)}.json`;
    entries.push({ name: config, content: image.config.bytes });
    return { Config: config, RepoTags: tags.length > 0 ? tags : null, Layers: layers };
  });
  return [
    ...entries,
    { name: 'repositories', content: '{}' },
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ];
}

/** An OCI layout; `annotations` by image. */
export function layoutEntries(
  images: readonly TestImage[],
  annotations: readonly Readonly<Record<string, string>>[] = [],
): ArchiveEntry[] {
  const blobs = new Map<string, Buffer>();
  for (const { config, manifest, layers } of images) {
    for (const { digest, bytes } of [config, manifest]) blobs.set(digest, bytes);
    for (const { digest, blob } of layers) blobs.set(digest, blob);
  }
  const index = JSON.parse(buildIndex(images).bytes.toString()) as { manifests: object[] };
  const manifests = index.manifests.map((entry, at) => ({ ...entry, annotations: annotations[at] ?? {} }));
  return [
    ...[...blobs].map(([digest, content]) => ({ name: blobName(digest), content })),
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: JSON.stringify({ ...index, manifests }) },
  ];
}

export const blobName = (digest: string): string => `blobs/sha256/${digest.slice(7)}`;

/** The bytes in pieces, as a client sends them. */
export function piecesOf(bytes: Buffer, size = 65_536): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    { objectMode: false },
  );
}
