// The closed set of error codes on every wire. Owns the names only; texts and hints are made where the error is known.

/** Every failure the server reports has one of these codes; the number is the HTTP status the Docker API uses for it. */
export const ERROR_STATUS = {
  InvalidArgument: 400,
  Unauthenticated: 401,
  PermissionDenied: 403,
  NotFound: 404,
  Conflict: 409,
  NotModified: 304,
  Unsupported: 501,
  Unavailable: 503,
  DataLoss: 500,
  NoSpace: 507,
  LauncherFailed: 500,
  Cancelled: 499,
  Internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** What travels in the `data` member of a JSON-RPC error. `message` is `verb object: reason`, `hint` says what to do. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}
