// Any failure as one sentence, a hint and a code that the extension can act on. Knows no vscode.

import { ERROR_STATUS, type ErrorCode, type WireError } from '../../runtime-server/protocol/errors.ts';

export interface Failure {
  readonly code: ErrorCode;
  /** `verb object: reason`. */
  readonly message: string;
  readonly hint?: string;
}

/** Thrown where the person has already been told (by the session), so that nobody tells them twice. */
export class ReportedError extends Error {
  override readonly name = 'ReportedError';
}

/** A failure that the extension itself has found. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly data: WireError;

  constructor(data: WireError) {
    super(data.message);
    this.data = data;
  }
}

/** A failure that the person can mend by changing what they typed: the command takes `{ edit: typed }` to ask again. */
export class CorrectableError extends Error {
  override readonly name = 'CorrectableError';
  readonly typed: string;

  constructor(cause: unknown, typed: string) {
    super(`correct ${typed}`, { cause });
    this.typed = typed;
  }
}

/** JSON-RPC's codes for a request that was cancelled by either side. */
const CANCELLED_CODES: readonly unknown[] = [-32800, -32802];

/** The failure behind any thrown value; undefined when there is nothing to tell (cancelled, or told already). */
export function toFailure(error: unknown, doing: string): Failure | undefined {
  if (error instanceof ReportedError) return undefined;
  if (error instanceof CorrectableError) return toFailure(error.cause, doing);
  const wire = wireError(error);
  if (wire !== undefined) return wire.code === 'Cancelled' ? undefined : wire;
  if (isCancelled(error)) return undefined;
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'Internal', message: `${doing}: ${reason}` };
}

/** The sentence of a failure with its hint behind it, for a message box. */
export function failureText(failure: Failure): string {
  return failure.hint === undefined ? failure.message : `${sentence(failure.message)} ${failure.hint}`;
}

function wireError(error: unknown): WireError | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  const data: unknown = error.data;
  if (typeof data !== 'object' || data === null || !('code' in data) || !('message' in data)) return undefined;
  if (typeof data.code !== 'string' || !Object.hasOwn(ERROR_STATUS, data.code)) return undefined;
  if (typeof data.message !== 'string') return undefined;
  const hint = 'hint' in data && typeof data.hint === 'string' ? { hint: data.hint } : {};
  return { code: data.code as ErrorCode, message: data.message, ...hint };
}

function isCancelled(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && CANCELLED_CODES.includes(error.code)) return true;
  return 'name' in error && (error.name === 'AbortError' || error.name === 'Canceled');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
