// Looks whether the store still holds what it says: every blob is hashed, every unpacked layer compared with its blob.
// Repairs layers from blobs; for the rest it says which pull brings it again.

import type { StoreProblem, StoreReport } from '../../protocol/housekeeping.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, canonical } from '../oci/reference.ts';
import { shortId } from '../oci/digest.ts';
import type { LayerFinding } from '../layers/examine-layer.ts';
import type { LoadedImage } from './catalog.ts';
import { keysOf, listGarbage, type CollectorOptions } from './collect.ts';
import type { Lease } from './leases.ts';
import type { Ref } from './refs.ts';

export interface CheckOptions {
  readonly repair: boolean;
  /** Names of the running containers made from the image with that ID: their layers stay as they are. */
  readonly liveOn: (imageId: string) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface CheckPorts extends CollectorOptions {
  /** Begins to bring everything to the disk. */
  readonly sync: () => void;
}

interface Check extends CheckOptions {
  readonly ports: CheckPorts;
  readonly problems: StoreProblem[];
  /** By digest: what is wrong with that blob. */
  readonly badBlobs: Set<Digest>;
}

export async function checkStore(ports: CheckPorts, options: CheckOptions): Promise<StoreReport> {
  const { catalog, leases } = ports;
  await catalog.ready();
  using lease = leases.open();
  const images = catalog.images();
  for (const image of images) lease.add(keysOf(image));
  const check: Check = { ...options, ports, problems: [], badBlobs: new Set() };
  for (const ref of catalog.refs()) if (catalog.imageOf(ref) === undefined) check.problems.push(damagedImage(ref));
  const blobs = await checkBlobs(check, images);
  const layers = await checkLayers(check, images, lease);
  if (check.problems.some(({ repaired }) => repaired)) ports.sync();
  const { problems } = check;
  const unused = await listGarbage(ports);
  return {
    images: images.length,
    blobs,
    layers,
    problems,
    unused: { blobs: unused.blobs.length, layers: unused.layers.length },
  };
}

async function checkBlobs(check: Check, images: readonly LoadedImage[]): Promise<number> {
  const owners = new Map<Digest, LoadedImage[]>();
  for (const image of images)
    for (const { digest } of [{ digest: image.manifestDigest }, image.manifest.config, ...image.manifest.layers])
      owners.set(digest, [...(owners.get(digest) ?? []), image]);
  for (const [digest, users] of owners) {
    check.signal?.throwIfAborted();
    const found = await check.ports.content.examine(digest, check.signal);
    if (found === 'sound') continue;
    check.badBlobs.add(digest);
    // A pull takes what has the right size for good: so a damaged one goes first.
    if (found === 'damaged' && check.repair) await check.ports.content.remove(digest);
    const gone = found === 'missing' || check.repair;
    const problem = found === 'missing' ? 'is missing' : 'does not match its digest';
    report(check, 'blob', digest, users, { problem, fix: gone ? pullOf(check, users) : REPAIR });
  }
  return owners.size;
}

async function checkLayers(check: Check, images: readonly LoadedImage[], lease: Lease): Promise<number> {
  const stacks = new Map<string, { readonly diffIds: readonly Digest[]; readonly users: LoadedImage[] }>();
  for (const image of images) {
    for (const index of image.config.diffIds.keys()) {
      const diffIds = image.config.diffIds.slice(0, index + 1);
      const known = stacks.get(diffIds.join(' '));
      if (known === undefined) stacks.set(diffIds.join(' '), { diffIds, users: [image] });
      else known.users.push(image);
    }
  }
  const seen = new Set<Digest>();
  for (const { diffIds, users } of stacks.values()) {
    check.signal?.throwIfAborted();
    await checkLayer(check, diffIds, users, lease);
    seen.add(diffIds.at(-1) as Digest);
  }
  return seen.size;
}

async function checkLayer(
  check: Check,
  diffIds: readonly Digest[],
  users: readonly LoadedImage[],
  lease: Lease,
): Promise<void> {
  const blob = users[0]?.manifest.layers[diffIds.length - 1];
  const digest = diffIds.at(-1);
  if (blob === undefined || digest === undefined) return;
  const live = [...new Set(users.flatMap(({ id }) => check.liveOn(id)))];
  const repair = check.repair && live.length === 0;
  const finding = await check.ports.layers.examine({ blob, diffIds, repair, signal: check.signal });
  if (finding.state === 'sound' || finding.state === 'unverified') return; // the blob has been told of
  const repaired = finding.state === 'altered' ? finding.repaired : await unpackAgain(check, diffIds, blob, lease);
  const rest = live.length > 0 ? `slipway stop ${live.join(' ')}; ${REPAIR}` : REPAIR;
  const fix = check.badBlobs.has(blob.digest) ? pullOf(check, users) : rest;
  report(check, 'layer', digest, users, { problem: wordsOf(finding), ...(repaired ? {} : { fix }) });
}

async function unpackAgain(
  check: Check,
  diffIds: readonly Digest[],
  blob: { readonly digest: Digest; readonly size: number },
  lease: Lease,
): Promise<boolean> {
  if (!check.repair || check.badBlobs.has(blob.digest)) return false;
  lease.add([`layer ${diffIds.at(-1) as Digest}`]);
  const open = (): never => {
    throw new RangeError('its blob was just there');
  };
  await check.ports.layers.unpack({ blob, diffIds, open, below: () => Promise.resolve(), signal: check.signal });
  return true;
}

const REPAIR = 'slipway system check --repair';

function wordsOf(finding: Exclude<LayerFinding, { readonly state: 'sound' | 'unverified' }>): string {
  if (finding.state === 'missing') return 'is not unpacked, or only half';
  return `was altered after it was unpacked: ${finding.path} (${finding.what})`;
}

function report(
  check: Check,
  kind: 'blob' | 'layer',
  digest: Digest,
  users: readonly LoadedImage[],
  { problem, fix }: { readonly problem: string; readonly fix?: string },
): void {
  const images = users.map((image) => nameOf(check, image));
  const repaired = fix === undefined;
  check.problems.push({ kind, digest, images, problem, repaired, ...(fix === undefined ? {} : { fix }) });
}

function damagedImage(ref: Ref): StoreProblem {
  const name = familiar(canonical(ref.reference));
  const problem = 'has no readable manifest or config';
  return {
    kind: 'image',
    digest: ref.manifestDigest,
    images: [name],
    problem,
    repaired: false,
    fix: `slipway pull ${name}`,
  };
}

function nameOf({ ports: { catalog } }: Check, image: LoadedImage): string {
  const [first] = catalog.refsOf(image.id);
  return first === undefined ? shortId(image.id) : familiar(first.reference);
}

// A pull of any image that has it brings it; an image that came from no registry has to be loaded or built again.
function pullOf({ ports: { catalog } }: Check, users: readonly LoadedImage[]): string {
  const refs = users.flatMap((image) => catalog.refsOf(image.id));
  const pulled = refs.find((ref) => ref.repoDigest !== undefined || ref.reference.registry === 'localhost');
  if (pulled !== undefined) return `slipway pull ${familiar(pulled.reference)}`;
  const [any] = refs;
  return any === undefined ? 'slipway image prune' : `slipway rmi ${familiar(any.reference)}, and load it again`;
}
