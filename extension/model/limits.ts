// Limits as a person types them and as the server takes them (docker's forms). Pure.

import { type ResourceLimits } from '../../runtime-server/protocol/host-options.ts';
import { type Localizer } from '../base/localize.ts';

export type LimitKind = 'memory' | 'cpus' | 'processes';

const UNITS = 'kmgt';
const MEMORY_MIN = 6 * 1024 ** 2;

/** The limit that the text asks for; undefined where it makes no sense. */
export function parseLimit(kind: LimitKind, text: string): ResourceLimits | undefined {
  switch (kind) {
    case 'memory': {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= MEMORY_MIN ? { memory: bytes } : undefined;
    }
    case 'cpus': {
      const cpus = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
      return cpus >= 0.01 ? { nanoCpus: Math.round(cpus * 1e9) } : undefined;
    }
    case 'processes':
      return /^[1-9]\d{0,8}$/.test(text) ? { pidsLimit: Number(text) } : undefined;
  }
}

function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?) ?([kmgt])(?:i?b)?$/i.exec(text) ?? [];
  return number === '' ? undefined : Math.floor(Number(number) * 1024 ** (UNITS.indexOf(unit.toLowerCase()) + 1));
}

/** Why a text is no such limit. */
export function limitProblem(kind: LimitKind, text: string, l10n: Localizer): string | undefined {
  if (parseLimit(kind, text) !== undefined) return undefined;
  switch (kind) {
    case 'memory':
      return l10n.t('A size is a number with m or g behind it, 6m or more.');
    case 'cpus':
      return l10n.t('A number of CPUs is 0.01 or more.');
    case 'processes':
      return l10n.t('A number of processes is 1 or more.');
  }
}

/** The present limits out of an `inspect` answer, as they would be typed; empty for none. */
export function presentLimits(inspected: Readonly<Record<string, unknown>>): Readonly<Record<LimitKind, string>> {
  const host = (inspected['HostConfig'] ?? {}) as Readonly<Record<string, unknown>>;
  const number = (name: string): number => (typeof host[name] === 'number' ? Math.max(0, host[name]) : 0);
  const shown = (value: number, unit: string): string => (value === 0 ? '' : `${value}${unit}`);
  return {
    memory: shown(Math.round(number('Memory') / 1024 ** 2), 'm'),
    cpus: shown(number('NanoCpus') / 1e9, ''),
    processes: shown(number('PidsLimit'), ''),
  };
}
