// Signal names and numbers as Docker takes them (`SIGTERM`, `TERM`, `15`).

import { constants } from 'node:os';
import { invalidArgument } from './errors.ts';

const SIGNALS: Readonly<Record<string, number>> = constants.signals;

/** The number of a signal given by name or number. Throws InvalidArgument for an unknown one. */
export function parseSignal(text: string): number {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    if (number >= 1 && number <= 64) return number;
  }
  const name = text.toUpperCase();
  const realTime = realTimeSignal(name);
  if (realTime !== undefined) return realTime;
  const number = SIGNALS[name.startsWith('SIG') ? name : `SIG${name}`];
  if (number === undefined) throw invalidArgument(`read signal ${JSON.stringify(text)}: unknown signal`);
  return number;
}

/** `SIGTERM`, `SIGRTMIN+3`; the number itself where there is no name. */
export function signalName(number: number): string {
  const found = Object.entries(SIGNALS).find(([, each]) => each === number);
  if (found !== undefined) return found[0];
  return number >= REAL_TIME.RTMIN && number <= REAL_TIME.RTMAX
    ? `SIGRTMIN+${number - REAL_TIME.RTMIN}`
    : String(number);
}

export const SIGTERM = constants.signals.SIGTERM;
export const SIGKILL = constants.signals.SIGKILL;

/** glibc's numbers (signal(7)): `RTMIN+3`, by which systemd is asked to stop, is 37. */
const REAL_TIME = { RTMIN: 34, RTMAX: 64 };

function realTimeSignal(name: string): number | undefined {
  const [, base, sign, offset = '0'] = /^(?:SIG)?(RTMIN|RTMAX)(?:([+-])(\d{1,2}))?$/.exec(name) ?? [];
  if (base !== 'RTMIN' && base !== 'RTMAX') return undefined;
  const number = REAL_TIME[base] + (sign === '-' ? -1 : 1) * Number(offset);
  return number >= REAL_TIME.RTMIN && number <= REAL_TIME.RTMAX ? number : undefined;
}
