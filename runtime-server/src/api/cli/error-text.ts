// An error as the terminal shows it: one sentence, one hint.

import type { EngineError } from '../../base/errors.ts';
import { printable } from './format.ts';

export function errorText(error: EngineError): string {
  const hint = error.hint === undefined ? '' : `  ${printable(error.hint)}\n`;
  return `slipway: ${printable(error.message)}\n${hint}`;
}
