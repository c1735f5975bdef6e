// commit: an image of the one below and of what a container has changed above it. Packed into tmp/, then brought in as if it came from
// a registry: verified, unpacked, named last. Knows no container.

import { createReadStream } from 'node:fs';
import type { Committed } from '../../protocol/models.ts';
import { invalidArgument } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, member, object, optional, printable, root } from '../base/validate.ts';
import type { PackedLayer, Packer } from '../layers/packer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import { LAYERS_MAX, MANIFEST_MAX } from '../oci/manifest.ts';
import { MEDIA, ociLayerType } from '../oci/media-types.ts';
import { canonical, parseReference, withDefaultTag, type Reference } from '../oci/reference.ts';
import { chosenManifest } from './archive/contents.ts';
import { loadImage, type LoadedImage } from './catalog.ts';
import { keysOf } from './collect.ts';
import { fetchImage } from './fetch.ts';
import type { Above, CommitPlan } from './images.ts';
import type { Lease } from './leases.ts';
import { localRef, nameless } from './naming.ts';
import { sweep, type PullContext } from './pull.ts';
import type { ChosenManifest } from './source.ts';

export interface CommitContext extends PullContext {
  readonly packer: Packer;
  readonly workspace: { temporary(kind: string): string; discard(path: string): Promise<void> };
}

/** The image below: as it was read, and its config as it was written. */
interface Base {
  readonly image: LoadedImage;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A plan whose functions have been asked. */
type Filled = Pick<CommitPlan, 'author' | 'message'> & {
  readonly createdBy: string;
  readonly config: Readonly<Record<string, unknown>>;
};

interface NewImage {
  readonly chosen: ChosenManifest;
  readonly config: Buffer;
}

export async function commitImage(
  context: CommitContext,
  above: Above,
  plan: CommitPlan,
  signal: AbortSignal,
): Promise<Committed> {
  const name = plan.reference === undefined ? undefined : nameOf(plan.reference);
  await context.catalog.ready();
  const blob = context.workspace.temporary('blob');
  const lease = context.leases.open();
  try {
    const base = await loadBase(context, plan, lease);
    const before = optional(member(root(base.document), 'config'), object) ?? {};
    const [config, createdBy] = [plan.config(before), plan.createdBy(before)];
    const layer = await packChanges(context, above, blob, signal);
    const made = describe(context, base, { ...plan, config, createdBy }, layer);
    const image = await bringIn(context, made, layer, blob, lease, signal);
    const reference = name ?? nameless(image);
    await context.naming.assign(localRef(image, reference, context.now()), image, 'commit');
    context.sync();
    lease[Symbol.dispose]();
    return {
      imageId: image.id,
      skipped: layer?.skipped ?? [],
      ...(name === undefined ? {} : { reference: canonical(name) }),
    };
  } catch (error) {
    lease[Symbol.dispose]();
    await sweep(context, lease, 'commit');
    throw error;
  } finally {
    await context.workspace.discard(blob);
  }
}

function nameOf(text: string): Reference {
  const reference = withDefaultTag(parseReference(text, 'commit'));
  if (reference.digest === undefined) return reference;
  throw invalidArgument(`${printable(text)}: a digest can't be given`, { hint: 'Name a tag after a colon.' });
}

async function loadBase({ content }: CommitContext, plan: CommitPlan, lease: Lease): Promise<Base> {
  if (!isDigest(plan.manifestDigest)) throw invalidArgument('its record does not name its image');
  const image = await loadImage(plan.manifestDigest, content);
  lease.add(keysOf(image));
  const bytes = await content.read(image.id, MANIFEST_MAX);
  return { image, document: object(root(parseJson(bytes ?? Buffer.from('{}'), 'image config'))) };
}

// An unchanged container adds no layer, as in docker. What it has in its directory then are the places of mounts.
async function packChanges(
  { packer, layers }: CommitContext,
  above: Above,
  blob: string,
  signal: AbortSignal,
): Promise<PackedLayer | undefined> {
  const stacked = { ...above, lower: await layers.lowerDirs(above.diffIds) };
  const changes = packer.changes(stacked, signal);
  const { done } = await changes.next();
  await changes.return();
  return done === true ? undefined : packer.pack(above, blob, signal);
}

function describe(
  { now }: CommitContext,
  { image, document }: Base,
  { author, message, createdBy, config }: Filled,
  layer: PackedLayer | undefined,
): NewImage {
  const created = now().toISOString();
  const diffIds = [...image.config.diffIds, ...(layer === undefined ? [] : [layer.diffId])];
  if (diffIds.length > LAYERS_MAX) throw invalidArgument(`an image has at most ${LAYERS_MAX} layers`);
  const step = {
    created,
    ...(author === undefined ? {} : { author }),
    created_by: createdBy,
    ...(message === undefined ? {} : { comment: message }),
    ...(layer === undefined ? { empty_layer: true } : {}),
  };
  const history = optional(member(root(document), 'history'), (field) => array(field, object)) ?? [];
  const bytes = Buffer.from(
    JSON.stringify({
      ...image.config.platform,
      ...pick(document, ['os.version', 'os.features']),
      created,
      ...(author === undefined ? {} : { author }),
      config,
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: [...history, step],
    }),
  );
  const own = layer === undefined ? [] : [{ ...layer, mediaType: MEDIA.ociLayerGzip }];
  return { config: bytes, chosen: manifestOf(bytes, [...image.manifest.layers, ...own]) };
}

function pick(
  document: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(document).filter(([name]) => names.includes(name)));
}

// Always an OCI manifest; a layer of docker's type is the same bytes under another name.
function manifestOf(
  config: Buffer,
  layers: readonly Pick<Descriptor, 'mediaType' | 'digest' | 'size'>[],
): ChosenManifest {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.length },
      layers: layers.map(({ mediaType, digest, size }) => ({ mediaType: ociLayerType(mediaType), digest, size })),
    }),
  );
  return chosenManifest(bytes);
}

// The packed file becomes the blob, and the layer is unpacked from there: what is kept is what anybody else would get.
async function bringIn(
  context: CommitContext,
  { chosen, config }: NewImage,
  layer: PackedLayer | undefined,
  blob: string,
  lease: Lease,
  signal: AbortSignal,
): Promise<LoadedImage> {
  lease.add([`blob ${chosen.manifest.config.digest}`]);
  if (layer !== undefined) {
    lease.add([`blob ${layer.digest}`]);
    await context.content.adopt(blob, layer.digest);
  }
  await context.content.put(config, chosen.manifest.config.digest);
  const path = (digest: Digest): string => context.content.path(digest);
  const source = {
    manifest: () => Promise.reject(new Error('all manifests are here')),
    blob: ({ digest }: Descriptor) => createReadStream(path(digest)),
  };
  const { platform } = parseImageConfig(config);
  const { image } = await fetchImage(context, { source, chosen, platform, lease, emit: () => undefined, signal });
  return image;
}
