// The options that limit a container, shared by run, create and update.

import type { DeviceRate, ResourceLimits } from '../../../../protocol/host-options.ts';
import { unsupported } from '../../../base/errors.ts';
import { compact } from '../../../base/validate.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';
import { badArgument, parseBytes, parseCpus, parseInteger } from '../quantities.ts';

const value = (long: string, placeholder: string, help: string): OptionSpec => ({
  long,
  kind: 'value',
  placeholder,
  help,
});

/** Of `update` too. */
export const LIMIT_OPTIONS: readonly OptionSpec[] = [
  { ...value('memory', 'BYTES', 'Memory at most (512m, 2g)'), short: 'm' },
  value('memory-swap', 'BYTES', 'Memory and swap together at most; -1: any amount of swap'),
  value('memory-reservation', 'BYTES', 'Memory that is left to it when the machine runs short'),
  value('cpus', 'NUMBER', 'CPUs at most (1.5)'),
  { ...value('cpu-shares', 'WEIGHT', 'Share of CPU time against others (1024: the usual one)'), short: 'c' },
  value('cpu-period', 'MICROSECONDS', 'Length of the period that --cpu-quota counts in'),
  value('cpu-quota', 'MICROSECONDS', 'CPU time in each period at most'),
  value('cpuset-cpus', 'LIST', 'CPUs it may run on (0-2,4)'),
  value('cpuset-mems', 'LIST', 'Memory nodes it may use (0,1)'),
  value('pids-limit', 'NUMBER', 'Processes and threads at most; -1: any number'),
  value('blkio-weight', 'WEIGHT', 'Share of disk time against others, 10 to 1000'),
];

const RATES: readonly (readonly [keyof ResourceLimits, string, string])[] = [
  ['blkioWeightDevice', 'blkio-weight-device', 'Share of one disk’s time (/dev/sda:200)'],
  ['deviceReadBps', 'device-read-bps', 'Bytes read from a disk in a second at most (/dev/sda:1mb)'],
  ['deviceWriteBps', 'device-write-bps', 'Bytes written to a disk in a second at most'],
  ['deviceReadIops', 'device-read-iops', 'Reads from a disk in a second at most'],
  ['deviceWriteIops', 'device-write-iops', 'Writes to a disk in a second at most'],
];

/** Of `run` and `create` alone, as in docker. */
export const DEVICE_LIMIT_OPTIONS: readonly OptionSpec[] = RATES.map(([, long, help]) => ({
  long,
  kind: 'list',
  placeholder: 'DEVICE:RATE',
  help,
}));

/** What cgroup v2 or this engine can't keep, said by name. */
const REFUSED: Readonly<Record<string, string>> = {
  'memory-swappiness': 'cgroup v2 has no swappiness of one container',
  'oom-kill-disable': 'cgroup v2 can’t switch the OOM killer off',
  'kernel-memory': 'cgroup v2 counts the kernel’s memory in --memory',
  'cpu-rt-period': 'cgroup v2 has no limit for real-time processes',
  'cpu-rt-runtime': 'cgroup v2 has no limit for real-time processes',
};

export const REFUSED_LIMIT_OPTIONS: readonly OptionSpec[] = Object.keys(REFUSED).map((long) => ({
  long,
  kind: long === 'oom-kill-disable' ? 'flag' : 'value',
  help: '',
  hidden: true,
}));

/** The limits that were typed. Throws InvalidArgument, or Unsupported for what can't be kept. */
export function limitOptions(options: ParsedOptions): ResourceLimits {
  for (const [long, reason] of Object.entries(REFUSED)) {
    // -1 and false are docker's defaults.
    const typed = options.value(long);
    if (typed !== undefined && !['-1', '0', 'false'].includes(typed)) throw unsupported(`use --${long}: ${reason}`);
  }
  const read = <T>(long: string, parse: (text: string, option: string) => T, shown = `--${long}`): T | undefined => {
    const text = options.value(long);
    return text === undefined ? undefined : parse(text, shown);
  };
  const text = (found: string): string => found;
  return compact({
    memory: read('memory', parseBytes, '-m, --memory'),
    memorySwap: read('memory-swap', (found, option) => (found === '-1' ? -1 : parseBytes(found, option))),
    memoryReservation: read('memory-reservation', parseBytes),
    nanoCpus: read('cpus', parseCpus),
    cpuShares: read('cpu-shares', parseInteger, '-c, --cpu-shares'),
    cpuPeriod: read('cpu-period', parseInteger),
    cpuQuota: read('cpu-quota', parseInteger),
    cpusetCpus: read('cpuset-cpus', text),
    cpusetMems: read('cpuset-mems', text),
    pidsLimit: read('pids-limit', parseInteger),
    blkioWeight: read('blkio-weight', parseInteger),
    ...Object.fromEntries(RATES.map(([name, long]) => [name, rates(options.list(long), long)])),
  });
}

function rates(entries: readonly string[], long: string): readonly DeviceRate[] | undefined {
  if (entries.length === 0) return undefined;
  return entries.map((entry) => {
    const colon = entry.lastIndexOf(':');
    const option = `--${long}`;
    if (colon < 1) throw badArgument(entry, option, `bad format: ${entry}`);
    const path = entry.slice(0, colon);
    if (!path.startsWith('/dev/')) throw badArgument(entry, option, `bad format for device path: ${entry}`);
    return { path, rate: rate(entry.slice(colon + 1), entry, long) };
  });
}

function rate(text: string, entry: string, long: string): number {
  const option = `--${long}`;
  if (long.endsWith('bps') && /^\d+(\.\d+)? ?[kmg]?b?$/i.test(text)) return parseBytes(text, option);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (long === 'blkio-weight-device') throw badArgument(entry, option, `invalid weight for device: ${entry}`);
  throw badArgument(
    entry,
    option,
    `invalid rate for device: ${entry}. The correct format is <device-path>:<number>${long.endsWith('bps') ? '[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb' : '. Number must be a positive integer'}`,
  );
}
