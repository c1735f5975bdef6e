// A stand-in for slipway-layer where the program is not built: the same port, done in memory. It applies plain entries,
// whiteouts (root only) and hard links; it is no judge of hostile archives.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { UnpackFailure } from '../../runtime-server/src/layers/unpack-failure.ts';
import type { TreeDifference, UnpackPlan, UnpackResult, Unpacker } from '../../runtime-server/src/layers/unpacker.ts';
import { parseDigest, type Digest } from '../../runtime-server/src/oci/digest.ts';

export interface FakeUnpacker extends Unpacker {
  readonly plans: readonly UnpackPlan[];
  readonly syncs: number;
}

export function createFakeUnpacker(): FakeUnpacker {
  const plans: UnpackPlan[] = [];
  let syncs = 0;
  return {
    plans,
    get syncs() {
      return syncs;
    },
    async unpack(plan, source, signal) {
      plans.push(plan);
      const compressed = await readAll(plan, source ?? [await fs.readFile(plan.blob)], signal);
      if (source !== undefined) await fs.writeFile(plan.blob, compressed, { flag: 'wx' });
      if (sha256(compressed) !== plan.digest) throw new UnpackFailure('DigestMismatch', 'wrong digest');
      const tar = decompress(compressed);
      const result = await apply(plan, tar);
      plan.onUnpacked?.(compressed.length);
      if (sha256(tar) !== plan.diffId) throw new UnpackFailure('DiffIdMismatch', 'wrong diffID');
      return { ...result, digest: plan.digest, size: compressed.length, diffId: plan.diffId, diffSize: tar.length };
    },
    sync() {
      syncs += 1;
      return Promise.resolve();
    },
    compare: (first, second) => Promise.resolve(firstDifference(first, second)),
  };
}

/** Names and content only. */
function firstDifference(first: string, second: string): TreeDifference | undefined {
  const { stdout } = spawnSync('diff', ['-rq', '--no-dereference', first, second], { encoding: 'utf8' });
  const [line = ''] = stdout.split('\n');
  const [, directory = '', name = ''] = /^Only in (.*): (.*)$/.exec(line) ?? [];
  const only = directory.startsWith(first) ? first : second;
  if (name !== '') return { path: relative(only, join(directory, name)), what: only === first ? 'missing' : 'added' };
  const [, file] = /^Files (.*) and .* differ$/.exec(line) ?? [];
  return file === undefined ? undefined : { path: relative(first, file), what: 'content' };
}

async function readAll(
  plan: UnpackPlan,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > plan.size) throw new UnpackFailure('SizeMismatch', 'too long');
    chunks.push(chunk);
  }
  if (size !== plan.size) throw new UnpackFailure('SizeMismatch', 'too short');
  return Buffer.concat(chunks);
}

function decompress(bytes: Buffer): Buffer {
  try {
    if (bytes.readUInt16BE(0) === 0x1f8b) return gunzipSync(bytes);
    return bytes.readUInt32BE(0) === 0x28b52ffd ? zstdDecompressSync(bytes) : bytes;
  } catch {
    throw new UnpackFailure('Malformed', 'not compressed as it says');
  }
}

async function apply(plan: UnpackPlan, tar: Buffer): Promise<Pick<UnpackResult, 'entries' | 'bytes' | 'implied'>> {
  const archive = extract();
  archive.end(tar);
  const made = new Set<string>();
  const implied = new Set<string>();
  let entries = 0;
  let bytes = 0;
  for await (const entry of archive) {
    entries += 1;
    const name = entry.header.name.replace(/^\.?\/+|\/+$/g, '');
    if (name.split('/').includes('..')) throw new UnpackFailure('Refused', 'outside', { path: name });
    for (let parent = dirname(name); parent !== '.'; parent = dirname(parent))
      if (!made.has(parent)) implied.add(parent);
    await fs.mkdir(join(plan.dest, dirname(name)), { recursive: true });
    made.add(name);
    implied.delete(name);
    bytes += await applyEntry(plan, name, entry);
  }
  return { entries, bytes, implied: [...implied].sort() };
}

type TarEntry = AsyncIterable<unknown> & { readonly header: Header };

async function applyEntry(plan: UnpackPlan, name: string, entry: TarEntry): Promise<number> {
  const path = join(plan.dest, name);
  const { type, mode, linkname, uid, gid } = entry.header;
  const chunks: Buffer[] = [];
  for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
  const whiteout = /^(.*\/)?\.wh\.(?!\.wh\.)([^/]+)$/.exec(name);
  if (whiteout !== null) execFileSync('mknod', [join(plan.dest, whiteout[1] ?? '', whiteout[2] ?? ''), 'c', '0', '0']);
  else if (type === 'directory') await fs.mkdir(path, { recursive: true, mode });
  else if (type === 'symlink') await fs.symlink(linkname, path);
  else if (type === 'link') await link(plan, linkname, path);
  else await fs.writeFile(path, Buffer.concat(chunks), { mode });
  if (whiteout === null && type !== 'link' && !plan.squashIds) await fs.lchown(path, uid, gid);
  if (type === 'directory' && whiteout === null) await fs.chmod(path, mode);
  return Buffer.concat(chunks).length;
}

async function link(plan: UnpackPlan, target: string, path: string): Promise<void> {
  try {
    await fs.link(join(plan.dest, target), path);
  } catch {
    for (const lower of plan.lower) {
      try {
        await fs.copyFile(join(lower, target), path);
        return;
      } catch {
        // the next one
      }
    }
    throw new UnpackFailure('NeedsLower', 'hard link', { path: target });
  }
}

function sha256(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}
