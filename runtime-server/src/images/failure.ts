// Puts the verb and the object before a reason that a lower folder gave. Knows no feature.

import { isAbortError } from '../base/abort.ts';
import { EngineError, toEngineError } from '../base/errors.ts';

/** Runs `task`; what it throws becomes an EngineError whose text begins with `doing` (`pull alpine`). */
export async function during<T>(doing: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw prefixed(error, doing);
  }
}

function prefixed(error: unknown, doing: string): EngineError {
  if (!(error instanceof EngineError)) return toEngineError(error, doing);
  if (isAbortError(error.cause) || error.message.startsWith(`${doing}: `)) return error;
  return new EngineError(error.code, `${doing}: ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
}
