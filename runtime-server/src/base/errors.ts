// The one error class of the server and the factories that make it. Knows no wire and no feature.

import type { ErrorCode, WireError } from '../../protocol/errors.ts';

export interface ErrorOptions {
  /** What the person can do about it: one sentence, imperative. */
  readonly hint?: string;
  /** Machine-readable facts: step, path, errno, digest … Never secrets. */
  readonly detail?: WireError['detail'];
  readonly cause?: unknown;
}

/** A failure as a value. `message` reads `verb object: reason` (architecture.md §6). */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly detail: WireError['detail'] | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.detail = options.detail;
  }
}

type Factory = (message: string, options?: ErrorOptions) => EngineError;
const factory =
  (code: ErrorCode): Factory =>
  (message, options) =>
    new EngineError(code, message, options);

export const invalidArgument = factory('InvalidArgument');
export const unauthenticated = factory('Unauthenticated');
export const permissionDenied = factory('PermissionDenied');
export const notFound = factory('NotFound');
export const conflict = factory('Conflict');
export const unsupported = factory('Unsupported');
export const unavailable = factory('Unavailable');
export const dataLoss = factory('DataLoss');
export const noSpace = factory('NoSpace');
export const launcherFailed = factory('LauncherFailed');
export const cancelled = factory('Cancelled');
export const internal = factory('Internal');

/** True for an {@link EngineError} of the given code. */
export function isCode(error: unknown, code: ErrorCode): error is EngineError {
  return error instanceof EngineError && error.code === code;
}

/** True when a system call failed with `errno` (`ENOENT`, `EEXIST`, …). */
export function isErrno(error: unknown, errno: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === errno;
}

/**
 * Any thrown value as an EngineError: an EngineError as it is, an abort as Cancelled, a full disk as NoSpace,
 * everything else as Internal with `doing` (`pull alpine`) in front of the reason.
 */
export function toEngineError(error: unknown, doing: string): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(`${doing}: cancelled`, { cause: error });
  if (isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT')) {
    return noSpace(`${doing}: no space left on the disk`, {
      cause: error,
      hint: 'Free some space, for example with `slipway rmi`.',
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return internal(`${doing}: ${reason}`, { cause: error });
}

/** The wire form of an error. */
export function toWire(error: EngineError): WireError {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  };
}
