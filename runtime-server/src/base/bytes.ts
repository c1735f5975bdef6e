// Sizes as docker's options and settings write them (go-units). Pure.

const UNITS = 'kmgtp';

/**
 * `64m`, `1.5g`, `1024`: bytes; undefined for what is no size, or more than a number holds exactly. Units of 1024 (`RAMInBytes`) but
 * where docker's are of 1000 (`FromHumanSize`).
 */
export function parseSize(text: string, unitOf: 1024 | 1000 = 1024): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:ib|b)?$/i.exec(text) ?? [];
  if (number === '') return undefined;
  const bytes = Math.floor(Number(number) * unitOf ** (unit === '' ? 0 : UNITS.indexOf(unit.toLowerCase()) + 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
