// An OCI image layout directory (image-spec, image-layout.md) as a source of images: the starter image. Read only.

import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, isErrno, notFound } from '../base/errors.ts';
import { digestOf, hexOf, isDigest, type Digest } from '../oci/digest.ts';
import { MANIFEST_MAX } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-types.ts';
import type { ImageSource } from './source.ts';

/** `manifest` of anything but a digest gives the layout's own index. */
export function createLayoutSource(directory: string): ImageSource {
  const blobPath = (digest: Digest): string => join(directory, 'blobs', 'sha256', hexOf(digest));
  return {
    async manifest(target) {
      if (!isDigest(target)) {
        const bytes = await readSmall(join(directory, 'index.json'));
        return { bytes, digest: digestOf(bytes), contentType: MEDIA.ociIndex };
      }
      const bytes = await readSmall(blobPath(target));
      if (digestOf(bytes) !== target) throw dataLoss(`blob ${target} does not match its digest`);
      return { bytes, digest: target };
    },
    blob: (descriptor) => createReadStream(blobPath(descriptor.digest)),
  };
}

async function readSmall(path: string): Promise<Buffer> {
  try {
    const found = await fs.stat(path);
    if (found.size > MANIFEST_MAX) throw dataLoss(`${path} is larger than ${MANIFEST_MAX} bytes`);
    return await fs.readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw notFound(`there is no file ${path}`, { cause: error });
    throw error;
  }
}
