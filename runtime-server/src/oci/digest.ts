// Digests (image-spec, descriptor.md#digests) as parsed values: a string that came through here may be used in a path.

import { createHash } from 'node:crypto';
import { invalidArgument, unsupported } from '../base/errors.ts';
import { quote, string, type Field } from '../base/validate.ts';

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}` & { readonly __digest: true };

const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const SHA256 = /^sha256:[a-f0-9]{64}$/;
const MAX_LENGTH = 255;

/** Parses a digest. Throws InvalidArgument where the grammar is broken, Unsupported for other algorithms than sha256. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  if (text.length > MAX_LENGTH || !GRAMMAR.test(text)) {
    throw invalidArgument(`digest ${quote(text)}: expected sha256: and 64 hexadecimal digits`);
  }
  if (text.startsWith('sha256:')) {
    throw invalidArgument(`digest ${quote(text)}: sha256 has exactly 64 hexadecimal digits in lower case`);
  }
  throw unsupported(`digest ${quote(text)}: only sha256 is supported`);
}

/** True for a well-formed sha256 digest. */
export function isDigest(text: string): text is Digest {
  return SHA256.test(text);
}

/** {@link parseDigest} for a JSON field. */
export function digestField(field: Field): Digest {
  const text = string(field);
  try {
    return parseDigest(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const make = isDigestLike(text) ? unsupported : invalidArgument;
    throw make(`${field.path}: ${error.message}`, { cause: error });
  }
}

/** The 64 digits: a safe file name. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The first 12 digits, as people see ids. */
export function shortId(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return fromHex(createHash('sha256').update(bytes).digest('hex'));
}

/** The digest of 64 digits that this program computed or found as a file name it made. */
export function fromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

function isDigestLike(text: string): boolean {
  return text.length <= MAX_LENGTH && GRAMMAR.test(text) && !text.startsWith('sha256:');
}
