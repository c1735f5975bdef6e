// Which buttons a failure gets: the ones that can mend it. Pure.

import { type ErrorCode } from '../../runtime-server/protocol/errors.ts';

export type FailureAction = 'retry' | 'doctor' | 'log';

/** Retry is offered where the same thing may well work the next time. */
export function failureActions(code: ErrorCode, canRetry: boolean): readonly FailureAction[] {
  return ACTIONS[code].filter((action) => action !== 'retry' || canRetry);
}

const ACTIONS: Readonly<Record<ErrorCode, readonly FailureAction[]>> = {
  InvalidArgument: [],
  Unauthenticated: ['retry'],
  PermissionDenied: ['doctor'],
  NotFound: [],
  Conflict: [],
  NotModified: [],
  Unsupported: ['doctor'],
  Unavailable: ['retry', 'log'],
  DataLoss: ['retry', 'log'],
  NoSpace: ['retry'],
  LauncherFailed: ['doctor', 'log'],
  Cancelled: [],
  Internal: ['log'],
};
