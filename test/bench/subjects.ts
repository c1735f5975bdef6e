// What the bench runs: a small image, a real Debian, one OCI bundle for runtimes alone.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRefStore } from '../../runtime-server/src/images/refs.ts';
import { DEFAULT_CAPABILITIES } from '../../runtime-server/src/launcher/capabilities.ts';
import { digestOf, hexOf, type Digest } from '../../runtime-server/src/oci/digest.ts';
import { parseReference } from '../../runtime-server/src/oci/reference.ts';
import { buildImage, busyboxLayer, pushImage } from '../support/images.ts';
import type { Contestant } from './measure.ts';

/** Pushes `busybox:latest` to the registry. */
export async function pushBusybox(registry: string): Promise<void> {
  await pushImage(registry, 'busybox', 'latest', buildImage([await busyboxLayer()], { flavor: 'docker' }));
}

/** Copies of the one stopped container in the folder, while no server runs. */
export function seedStopped(folder: string, count: number): void {
  const [first = ''] = readdirSync(folder);
  const record = JSON.parse(readFileSync(join(folder, first, 'container.json'), 'utf8')) as object;
  for (let index = 0; index < count; index++) {
    const id = randomBytes(32).toString('hex');
    cpSync(join(folder, first), join(folder, id), { recursive: true });
    writeFileSync(join(folder, id, 'container.json'), JSON.stringify({ ...record, id, name: `seed-${index}` }));
  }
}

/** Images `seed:0` and so on, each with a config of its own and the layer of the first image there is; while no server runs. */
export async function seedImages(dataDirectory: string, count: number): Promise<void> {
  const refs = createRefStore(dataDirectory, { discard: (path) => rm(path) });
  const blob = (digest: Digest): string => join(dataDirectory, 'blobs/sha256', hexOf(digest));
  const write = (document: object): Digest => {
    const bytes = Buffer.from(JSON.stringify(document));
    writeFileSync(blob(digestOf(bytes)), bytes);
    return digestOf(bytes);
  };
  const read = (digest: Digest): object => JSON.parse(readFileSync(blob(digest), 'utf8')) as object;
  const [first] = await refs.load(() => undefined);
  if (first === undefined) throw new Error('there is no image to seed from');
  const manifest = read(first.manifestDigest) as { readonly config: { readonly digest: Digest } };
  const config = read(manifest.config.digest);
  for (let index = 0; index < count; index++) {
    const digest = write({ ...config, author: `seed ${index}` });
    const size = statSync(blob(digest)).size;
    const manifestDigest = write({ ...manifest, config: { ...manifest.config, digest, size } });
    await refs.write({ ...first, manifestDigest, reference: parseReference(`docker.io/library/seed:${index}`) });
  }
}

/** A bundle whose process is /bin/true, the same for every runtime: all namespaces, the usual mounts, no seccomp. */
export function writeBundle(directory: string): string {
  const bin = join(directory, 'rootfs', 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['proc', 'dev', 'sys', 'etc']) mkdirSync(join(directory, 'rootfs', name));
  cpSync('/bin/busybox', join(bin, 'busybox'), { dereference: true });
  symlinkSync('busybox', join(bin, 'true'));
  const capabilities = {
    bounding: DEFAULT_CAPABILITIES,
    effective: DEFAULT_CAPABILITIES,
    permitted: DEFAULT_CAPABILITIES,
  };
  const mount = (destination: string, type: string, options: readonly string[]): object => ({
    destination,
    type,
    source: type,
    options,
  });
  const spec = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/bin/true'],
      env: ['PATH=/bin'],
      cwd: '/',
      capabilities,
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    hostname: 'bench',
    mounts: [
      mount('/proc', 'proc', []),
      mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
      mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']),
      mount('/dev/shm', 'tmpfs', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']),
      mount('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', 'ro']),
    ],
    linux: { namespaces: ['mount', 'pid', 'network', 'ipc', 'uts'].map((type) => ({ type })) },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(spec));
  return directory;
}

/** The same bundle with nothing but the system calls that no runtime can do without (floor.c). */
export function buildFloor(
  directory: string,
  bundle: string,
): Contestant | { readonly name: string; readonly missing: string } {
  const name = 'bare floor';
  const program = join(directory, 'floor');
  const source = join(import.meta.dirname, 'floor.c');
  const { status, error } = spawnSync('gcc', ['-O2', '-static', '-o', program, source]);
  if (status !== 0) return { name, missing: `no gcc to build it (${error?.message ?? 'it failed'})` };
  const scratch = join(directory, 'scratch');
  for (const part of ['upper', 'work', 'root']) mkdirSync(join(scratch, part), { recursive: true });
  return { name, command: [program, join(bundle, 'rootfs'), scratch, '/bin/true'] };
}
