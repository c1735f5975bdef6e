// An image as the wire shows it: the summary of `images` and Docker's `image inspect`. Pure but for reading records.

import type { ImageSummary } from '../../protocol/models.ts';
import { compact } from '../base/validate.ts';
import type { Digest } from '../oci/digest.ts';
import { canonical, familiar } from '../oci/reference.ts';
import type { LoadedImage } from './catalog.ts';
import type { HistoryStep } from './images.ts';
import { repoDigestOf } from './lookup.ts';
import type { Ref } from './refs.ts';

export function summarize(image: LoadedImage, refs: readonly Ref[], size: number, containers: number): ImageSummary {
  const { platform, created } = image.config;
  return compact({
    id: image.id,
    references: tagsOf(refs),
    repoDigests: repoDigestsOf(refs),
    created,
    size,
    os: platform.os,
    architecture: platform.architecture,
    variant: platform.variant,
    labels: image.config.config.Labels,
    containers,
  });
}

/** `config`: the image config's own `config` member as it was written. */
export function inspectImage(
  image: LoadedImage,
  refs: readonly Ref[],
  size: number,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { platform, created, author, diffIds, history } = image.config;
  return {
    Id: image.id,
    RepoTags: tagsOf(refs).map((text) => familiar(text)),
    RepoDigests: repoDigestsOf(refs).map((text) => familiar(text)),
    Parent: '',
    Comment: history.at(-1)?.comment ?? '',
    Created: created ?? '',
    DockerVersion: '',
    Author: author ?? '',
    Config: config,
    Architecture: platform.architecture,
    ...(platform.variant === undefined ? {} : { Variant: platform.variant }),
    Os: platform.os,
    Size: size,
    GraphDriver: { Name: 'overlay', Data: null },
    RootFS: { Type: 'layers', Layers: diffIds },
    Metadata: {
      LastTagTime:
        refs
          .map((ref) => ref.pulledAt)
          .sort()
          .at(-1) ?? '',
    },
    Descriptor: descriptorOf(image),
  };
}

/**
 * The image config's history, newest first, each step with its layer's bytes (image-spec config.md, "history": an entry
 * without `empty_layer` belongs to the next layer). Layers that no entry tells of come last.
 */
export function historyOf(image: LoadedImage, sizes: readonly (number | undefined)[]): readonly HistoryStep[] {
  let layer = 0;
  const told = image.config.history.map(({ created, createdBy = '', comment = '', emptyLayer }) =>
    compact({ created, createdBy, comment, size: emptyLayer ? 0 : (sizes[layer++] ?? 0) }),
  );
  const untold = sizes.slice(layer).map((size) => ({ createdBy: '', comment: '', size: size ?? 0 }));
  const steps: HistoryStep[] = [...untold, ...told].reverse();
  const [newest, ...former] = steps;
  return newest === undefined ? [] : [{ ...newest, id: image.id }, ...former];
}

/** Newest first, then by name; those without a date last. Each date is read once. */
export function newestFirst(images: readonly ImageSummary[]): ImageSummary[] {
  const keyed = images.map((image) => ({
    image,
    time: image.created === undefined ? 0 : Date.parse(image.created),
    name: image.references[0] ?? '~',
  }));
  return keyed.sort((a, b) => b.time - a.time || a.name.localeCompare(b.name, 'en')).map(({ image }) => image);
}

export function tagsOf(refs: readonly Ref[]): readonly string[] {
  return refs.filter((ref) => ref.reference.tag !== undefined).map((ref) => canonical(ref.reference));
}

function repoDigestsOf(refs: readonly Ref[]): readonly string[] {
  return [...new Set(refs.map(repoDigestOf).filter((digest) => digest !== undefined))];
}

function descriptorOf(image: LoadedImage): { readonly mediaType: string; readonly digest: Digest } {
  return { mediaType: image.manifest.mediaType, digest: image.manifestDigest };
}
