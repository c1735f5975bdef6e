// What slipway-layer reports when it refuses a layer, and what that means to a person.

import { dataLoss, internal, invalidArgument, noSpace, type EngineError, type ErrorOptions } from '../base/errors.ts';
import { count, member, optional, quote, string, type Field } from '../base/validate.ts';
import type { Digest } from '../oci/digest.ts';

export type UnpackCode =
  | 'SizeMismatch'
  | 'DigestMismatch'
  | 'DiffIdMismatch'
  | 'Truncated'
  | 'Malformed'
  | 'Refused'
  | 'TooLarge'
  | 'NeedsLower'
  | 'NoSpace'
  | 'Io'
  | 'Usage';

const CODES: ReadonlySet<string> = new Set<UnpackCode>([
  'SizeMismatch',
  'DigestMismatch',
  'DiffIdMismatch',
  'Truncated',
  'Malformed',
  'Refused',
  'TooLarge',
  'NeedsLower',
  'NoSpace',
  'Io',
  'Usage',
]);

/** The tool's error line as a value; {@link toLayerError} says it to people. */
export class UnpackFailure extends Error {
  override readonly name = 'UnpackFailure';
  readonly code: UnpackCode;
  readonly step: string;
  readonly path: string;
  readonly errno: number;

  constructor(code: UnpackCode, message: string, place: { step?: string; path?: string; errno?: number } = {}) {
    super(message);
    this.code = code;
    this.step = place.step ?? '';
    this.path = place.path ?? '';
    this.errno = place.errno ?? 0;
  }

  static from(verdict: Field): UnpackFailure {
    const code = string(member(verdict, 'code'));
    return new UnpackFailure(
      CODES.has(code) ? (code as UnpackCode) : 'Io',
      optional(member(verdict, 'message'), string) ?? '',
      {
        step: optional(member(verdict, 'step'), string) ?? '',
        path: optional(member(verdict, 'path'), string) ?? '',
        errno: optional(member(verdict, 'errno'), count) ?? 0,
      },
    );
  }
}

/** Whether the bytes are to blame: not the layer that they should be. */
export function isDamage(error: unknown): boolean {
  const codes = ['DigestMismatch', 'SizeMismatch', 'Truncated', 'Malformed'];
  return error instanceof UnpackFailure && codes.includes(error.code);
}

function tooFewSpace(layer: Digest, options: ErrorOptions, step = ''): EngineError {
  if (step === 'files')
    return noSpace(`no room for more files on the disk for layer ${layer}`, {
      ...options,
      hint: 'The disk has too few inodes (`df -i`): remove files, for example with `slipway rmi`.',
    });
  return noSpace(`no space left on the disk for layer ${layer}`, {
    ...options,
    hint: 'Free some space, for example with `slipway rmi`.',
  });
}

/** The error a person sees; `layer` is the digest of the layer's blob. */
export function toLayerError(failure: UnpackFailure, layer: Digest): EngineError {
  const { step, path, errno, code } = failure;
  const options = { cause: failure, detail: { layer, step, path, errno, kind: code } };
  const where = path === '' ? '' : ` at ${quote(path)}`;
  switch (code) {
    case 'DigestMismatch':
      return dataLoss(`layer ${layer} does not match its digest`, options);
    case 'DiffIdMismatch':
      return dataLoss(`layer ${layer} is not what the image config says it is`, options);
    case 'SizeMismatch':
      return dataLoss(`layer ${layer} has another size than the manifest says`, options);
    case 'Truncated':
      return dataLoss(`layer ${layer} ends too early`, options);
    case 'Malformed':
      return dataLoss(`layer ${layer} is not a valid archive${where}: ${failure.message}`, options);
    case 'Refused':
      return invalidArgument(`layer ${layer} was refused${where}: ${failure.message}`, {
        ...options,
        hint: 'Do not trust this image: its archive tries to reach outside itself or is broken.',
      });
    case 'TooLarge':
      if (step === 'limit') return tooFewSpace(layer, options);
      return invalidArgument(`layer ${layer} is too large when unpacked`, {
        ...options,
        hint: 'Do not trust this image: its layer is made to fill the disk.',
      });
    case 'NeedsLower':
      return dataLoss(`layer ${layer} links to a file that no layer below it has${where}`, options);
    case 'NoSpace':
      return tooFewSpace(layer, options, step);
    case 'Io':
    case 'Usage':
      return internal(`layer ${layer} could not be unpacked${where}: ${failure.message}`, options);
  }
}
