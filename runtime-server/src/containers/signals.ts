// Signal names and numbers as Docker takes them (`SIGTERM`, `TERM`, `15`).

import { constants } from 'node:os';
import { invalidArgument } from '../base/errors.ts';

const SIGNALS: Readonly<Record<string, number>> = constants.signals;

/** The number of a signal given by name or number. Throws InvalidArgument for an unknown one. */
export function parseSignal(text: string): number {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    if (number >= 1 && number <= 64) return number;
  }
  const name = text.toUpperCase();
  const number = SIGNALS[name.startsWith('SIG') ? name : `SIG${name}`];
  if (number === undefined) throw invalidArgument(`read signal ${JSON.stringify(text)}: unknown signal`);
  return number;
}

export const SIGTERM = constants.signals.SIGTERM;
export const SIGKILL = constants.signals.SIGKILL;
