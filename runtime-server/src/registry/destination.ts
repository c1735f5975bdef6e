// Pushing to one repository (distribution-spec, push): what is there already, blobs, the manifest last. Knows no disk: blobs
// are opened by who pushes them.

import type { Digest } from '../oci/digest.ts';
import type { Asker, Limits, Question } from './asker.ts';
import { bodyOf } from './http.ts';
import type { RedirectPolicy } from './redirects.ts';
import { checkTold, uploadBlob, type OutgoingBlob, type UploadOptions } from './upload.ts';

export interface Destination {
  /** Whether the repository has the blob. */
  has(digest: Digest, options: { readonly signal?: AbortSignal | undefined }): Promise<boolean>;
  /** Brings a blob there: mounted from a sister repository, else its bytes. */
  upload(blob: OutgoingBlob, options: UploadOptions): Promise<'pushed' | 'mounted'>;
  /** Gives the manifest its tag. All that it names must be there. */
  putManifest(
    tag: string,
    manifest: OutgoingManifest,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
}

export interface OutgoingManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

export interface DestinationOptions {
  readonly asker: Asker;
  readonly limits: Limits;
  readonly policy: RedirectPolicy;
}

export function createDestination(repository: string, options: DestinationOptions): Destination {
  const { asker, limits } = options;
  const prefix = `/v2/${repository}`;
  const has = (digest: Digest, signal: AbortSignal | undefined): Promise<boolean> => {
    const question = { method: 'HEAD', path: `${prefix}/blobs/${digest}`, signal, accepts: [200, 404] } as const;
    return asker.ask(question, (response) => {
      response.discard();
      return response.status === 200;
    });
  };
  return {
    has: (digest, { signal }) => has(digest, signal),
    upload: (blob, upload) =>
      uploadBlob(
        { ...options, uploads: `${prefix}/blobs/uploads/`, has: () => has(blob.digest, upload.signal) },
        blob,
        upload,
      ),
    putManifest(tag, { bytes, mediaType, digest }, { signal }) {
      const question: Question = {
        method: 'PUT',
        path: `${prefix}/manifests/${tag}`,
        headers: { 'content-type': mediaType },
        body: bodyOf(bytes),
        signal,
        accepts: [200, 201, 202],
        patience: limits.commit,
      };
      return asker.ask(question, (response) => {
        response.discard();
        checkTold(response, digest);
      });
    },
  };
}
