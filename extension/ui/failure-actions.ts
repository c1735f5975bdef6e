// Which buttons a failure gets: the ones that can mend it. Pure.

import { type ErrorCode } from '../../runtime-server/protocol/errors.ts';

export type FailureAction = 'login' | 'retry' | 'correct' | 'doctor' | 'log';

/** What can be done beyond looking at doctor and log. */
export interface Remedies {
  /** The same thing can be tried again: offered where it may well work the next time. */
  readonly retry: boolean;
  /** The person can be asked for something else: offered where what they typed is the reason. */
  readonly correct: boolean;
}

/** Never empty but for what is not shown: VS Code folds a message without buttons to one line, and its hint away. */
export function failureActions(code: ErrorCode, { retry, correct }: Remedies): readonly FailureAction[] {
  return ACTIONS[code].filter((action) => (action === 'retry' ? retry : action !== 'correct' || correct));
}

const ACTIONS: Readonly<Record<ErrorCode, readonly FailureAction[]>> = {
  InvalidArgument: ['correct', 'log'],
  Unauthenticated: ['login', 'retry', 'log'],
  PermissionDenied: ['doctor', 'log'],
  NotFound: ['correct', 'log'],
  Conflict: ['log'],
  NotModified: [],
  Unsupported: ['doctor', 'log'],
  Unavailable: ['retry', 'log'],
  DataLoss: ['retry', 'log'],
  NoSpace: ['retry', 'log'],
  LauncherFailed: ['doctor', 'log'],
  Cancelled: [],
  Internal: ['log'],
};
