// Sizes as docker's options and settings write them (go-units `RAMInBytes`): units of 1024. Pure.

const UNITS = 'kmgtp';

/** `64m`, `1.5g`, `1024`: bytes; undefined for what is no size, or more than a number holds exactly. */
export function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:ib|b)?$/i.exec(text) ?? [];
  if (number === '') return undefined;
  const bytes = Math.floor(Number(number) * 1024 ** (unit === '' ? 0 : UNITS.indexOf(unit.toLowerCase()) + 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
