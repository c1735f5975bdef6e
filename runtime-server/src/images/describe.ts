// An image as the wire shows it: the summary of `images` and Docker's `image inspect`. Pure but for reading records.

import type { ImageSummary } from '../../protocol/models.ts';
import { compact } from '../base/validate.ts';
import type { Digest } from '../oci/digest.ts';
import { canonical, familiar } from '../oci/reference.ts';
import type { LoadedImage } from './catalog.ts';
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
    Author: author ?? '',
    Config: config,
    Architecture: platform.architecture,
    ...(platform.variant === undefined ? {} : { Variant: platform.variant }),
    Os: platform.os,
    Size: size,
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

/** Newest first; those without a date last. */
export function newestFirst(a: ImageSummary, b: ImageSummary): number {
  return dateOf(b) - dateOf(a) || (a.references[0] ?? '~').localeCompare(b.references[0] ?? '~', 'en');
}

function dateOf(image: ImageSummary): number {
  return image.created === undefined ? 0 : Date.parse(image.created);
}

function tagsOf(refs: readonly Ref[]): readonly string[] {
  return refs.filter((ref) => ref.reference.tag !== undefined).map((ref) => canonical(ref.reference));
}

function repoDigestsOf(refs: readonly Ref[]): readonly string[] {
  return [...new Set(refs.map(repoDigestOf).filter((digest) => digest !== undefined))];
}

function descriptorOf(image: LoadedImage): { readonly mediaType: string; readonly digest: Digest } {
  return { mediaType: image.manifest.mediaType, digest: image.manifestDigest };
}
