// Builds images for tests: layers (tar-stream + zlib), configs, manifests, indexes, OCI layouts; and pushes them to a
// registry over plain HTTP.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';

export type Compression = 'gzip' | 'zstd' | 'none';
export type Flavor = 'oci' | 'docker';

/** A tar entry: a directory when the name ends in a slash, a link when `link` is given, else a file. */
export interface Entry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly link?: { readonly kind: 'symlink' | 'link'; readonly target: string };
}

export interface TestLayer {
  readonly blob: Buffer;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly compression: Compression;
}

export interface TestDocument {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
}

export interface TestImage {
  readonly config: TestDocument;
  readonly manifest: TestDocument;
  readonly layers: readonly TestLayer[];
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

export interface ImageOptions {
  readonly flavor?: Flavor;
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes of the finished manifest or image config, to make them wrong. */
  readonly alterManifest?: (manifest: Record<string, unknown>) => void;
  readonly alterConfig?: (config: Record<string, unknown>) => void;
}

export const sha256 = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Incompressible enough that a layer is sent in many pieces, and the same each time. */
export function randomText(length: number): string {
  let text = '';
  for (let index = 0; text.length < length; index += 1) text += sha256(String(index));
  return text;
}

export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const entry of entries) {
    const header: Parameters<ReturnType<typeof pack>['entry']>[0] = {
      name: entry.name,
      mode: entry.mode ?? (entry.name.endsWith('/') ? 0o755 : 0o644),
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      mtime: new Date('2024-01-02T03:04:05Z'),
      type: entry.link?.kind ?? (entry.name.endsWith('/') ? 'directory' : 'file'),
      ...(entry.link === undefined ? {} : { linkname: entry.link.target }),
    };
    if (entry.link !== undefined || entry.name.endsWith('/')) archive.entry(header);
    else archive.entry(header, entry.content ?? '');
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function buildLayer(entries: readonly Entry[], compression: Compression = 'gzip'): Promise<TestLayer> {
  return layerFromTar(await tarOf(entries), compression);
}

export function layerFromTar(tar: Buffer, compression: Compression = 'gzip'): TestLayer {
  const blob = compression === 'gzip' ? gzipSync(tar) : compression === 'zstd' ? zstdCompressSync(tar) : tar;
  return { blob, digest: sha256(blob), diffId: sha256(tar), size: blob.length, compression };
}

const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar';

export function layerMediaType(compression: Compression, flavor: Flavor): string {
  if (flavor === 'oci') return compression === 'none' ? OCI_LAYER : `${OCI_LAYER}+${compression}`;
  return compression === 'none' ? DOCKER_LAYER : `${DOCKER_LAYER}.${compression}`;
}

export function buildImage(layers: readonly TestLayer[], options: ImageOptions = {}): TestImage {
  const { flavor = 'oci', os = 'linux', architecture = hostArchitecture(), variant } = options;
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  const configBody: Record<string, unknown> = {
    created: '2024-01-02T03:04:05Z',
    ...platform,
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'], ...options.config },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((_, index) => ({ created_by: `test layer ${index}` })),
  };
  options.alterConfig?.(configBody);
  const prefix = flavor === 'oci' ? 'application/vnd.oci.image' : 'application/vnd.docker';
  const config = document(
    configBody,
    flavor === 'oci' ? `${prefix}.config.v1+json` : `${prefix}.container.image.v1+json`,
  );
  const mediaType = flavor === 'oci' ? `${prefix}.manifest.v1+json` : `${prefix}.distribution.manifest.v2+json`;
  const manifestBody: Record<string, unknown> = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: config.mediaType, digest: config.digest, size: config.bytes.length },
    layers: layers.map((layer) => ({
      mediaType: layerMediaType(layer.compression, flavor),
      digest: layer.digest,
      size: layer.size,
    })),
  };
  options.alterManifest?.(manifestBody);
  return { config, manifest: document(manifestBody, mediaType), layers, platform };
}

export function buildIndex(images: readonly TestImage[], flavor: Flavor = 'oci'): TestDocument {
  const mediaType =
    flavor === 'oci'
      ? 'application/vnd.oci.image.index.v1+json'
      : 'application/vnd.docker.distribution.manifest.list.v2+json';
  const manifests = images.map(({ manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    platform,
  }));
  return document({ schemaVersion: 2, mediaType, manifests }, mediaType);
}

export function document(body: unknown, mediaType: string): TestDocument {
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, digest: sha256(bytes), mediaType };
}

/** A root file system of one layer: busybox and a few applets. */
export async function busyboxLayer(compression: Compression = 'gzip'): Promise<TestLayer> {
  const busybox = await readFile('/bin/busybox');
  const applets = ['sh', 'ls', 'cat', 'echo', 'sleep', 'id', 'ps', 'true', 'false'];
  return buildLayer(
    [
      ...['bin/', 'dev/', 'etc/', 'proc/', 'root/', 'sys/', 'tmp/'].map((name) => ({
        name,
        mode: name === 'tmp/' ? 0o1777 : 0o755,
      })),
      { name: 'bin/busybox', content: busybox, mode: 0o755 },
      ...applets.map((name) => ({ name: `bin/${name}`, link: { kind: 'symlink', target: 'busybox' } as const })),
      { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\n' },
      { name: 'etc/group', content: 'root:x:0:\n' },
    ],
    compression,
  );
}

export function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

/** Pushes blobs and manifest; `tag` may be a digest. */
export async function pushImage(registry: string, repository: string, tag: string, image: TestImage): Promise<void> {
  const blobs = new Map(
    [...image.layers.map((layer) => layer.blob), image.config.bytes].map((blob) => [sha256(blob), blob]),
  );
  for (const [digest, blob] of blobs) await pushBlob(registry, repository, digest, blob);
  await pushManifest(registry, repository, tag, image.manifest);
}

/** Pushes the images by digest and the index over them by tag. */
export async function pushIndex(
  registry: string,
  repository: string,
  tag: string,
  images: readonly TestImage[],
  flavor: Flavor = 'oci',
): Promise<TestDocument> {
  for (const image of images) await pushImage(registry, repository, image.manifest.digest, image);
  const index = buildIndex(images, flavor);
  await pushManifest(registry, repository, tag, index);
  return index;
}

async function pushBlob(registry: string, repository: string, digest: string, blob: Buffer): Promise<void> {
  const started = await fetch(`http://${registry}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  await expectStatus(started, 202);
  const location = new URL(started.headers.get('location') ?? '', `http://${registry}`);
  location.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await expectStatus(await fetch(location, { method: 'PUT', body: new Uint8Array(blob), headers }), 201);
}

async function pushManifest(registry: string, repository: string, tag: string, manifest: TestDocument): Promise<void> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    body: new Uint8Array(manifest.bytes),
    headers: { 'content-type': manifest.mediaType },
  });
  await expectStatus(response, 201);
}

async function expectStatus(response: Response, status: number): Promise<void> {
  if (response.status !== status) throw new Error(`${response.url}: HTTP ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

/** Writes an OCI image layout with the images in its index. */
export async function writeLayout(directory: string, images: readonly TestImage[]): Promise<void> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = (digest: string, bytes: Buffer): Promise<void> => writeFile(join(blobs, digest.slice(7)), bytes);
  for (const image of images) {
    await put(image.config.digest, image.config.bytes);
    await put(image.manifest.digest, image.manifest.bytes);
    for (const layer of image.layers) await put(layer.digest, layer.blob);
  }
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(directory, 'index.json'), buildIndex(images).bytes);
}
