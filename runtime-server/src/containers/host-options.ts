// The options that concern the machine, read with distrust: from the command line, from the wire, from a record on disk.
// Shapes here; what security and limits mean is security.ts and resources.ts. Pure.

import type { DeviceMapping, DeviceRate, HostOptions, Ulimit } from '../../protocol/host-options.ts';
import { invalidArgument } from '../base/errors.ts';
import {
  array,
  boolean,
  compact,
  expected,
  member,
  object,
  optional,
  record,
  string,
  type Field,
} from '../base/validate.ts';
import { checkDevices, checkNamespaces, checkSysctls, checkTmpfs, checkUlimits } from './host-parts.ts';
import { checkLimits } from './resources.ts';
import { resolveCapabilities } from '../launcher/capabilities.ts';
import { parseSecurityOptions } from './security.ts';

/** Reads options of unknown origin. Throws InvalidArgument that names the JSON path. */
export function readHostOptions(field: Field): HostOptions {
  const names = Object.keys(READERS) as (keyof HostOptions)[];
  object(field);
  const entries = names.map((name) => [name, optional<unknown>(member(field, name), READERS[name])]);
  return compact(Object.fromEntries(entries) as HostOptions);
}

/** Throws InvalidArgument or Unsupported, in docker's words, for what makes no sense or can't be kept. */
export function checkHostOptions(options: HostOptions): void {
  resolveCapabilities(options, []);
  parseSecurityOptions(options.securityOpt ?? []);
  checkLimits(options);
  checkTmpfs(options.tmpfs ?? {});
  checkDevices(options.devices ?? []);
  checkUlimits(options.ulimits ?? []);
  checkSysctls(options);
  checkNamespaces(options);
  const { shmSize, oomScoreAdj, groupAdd = [] } = options;
  if (shmSize !== undefined && shmSize < 0) throw invalidArgument('set shm-size: SHM size can not be less than 0');
  if (oomScoreAdj !== undefined && Math.abs(oomScoreAdj) > 1000)
    throw invalidArgument(`set oom-score-adj: Invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  for (const group of groupAdd) {
    if (!/^[^\s,:]+$/.test(group)) throw invalidArgument(`add group ${JSON.stringify(group)}: not a name or an id`);
  }
}

const whole = (field: Field): number => {
  if (!Number.isSafeInteger(field.value)) throw expected(field, 'a whole number');
  return field.value as number;
};
const strings = (field: Field): readonly string[] => array(field, string);
const stringRecord = (field: Field): Readonly<Record<string, string>> => record(field, string);

const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (field: Field): T => {
    const word = words.find((candidate) => candidate === field.value);
    if (word === undefined) throw expected(field, words.join(' or '));
    return word;
  };

const rates = (field: Field): readonly DeviceRate[] =>
  array(field, (item) => ({ path: string(member(item, 'path')), rate: whole(member(item, 'rate')) }));

const device = (field: Field): DeviceMapping => ({
  pathOnHost: string(member(field, 'pathOnHost')),
  pathInContainer: string(member(field, 'pathInContainer')),
  permissions: string(member(field, 'permissions')),
});

const ulimit = (field: Field): Ulimit => ({
  name: string(member(field, 'name')),
  soft: whole(member(field, 'soft')),
  hard: whole(member(field, 'hard')),
});

const READERS: { readonly [K in keyof Required<HostOptions>]: (field: Field) => Required<HostOptions>[K] } = {
  memory: whole,
  memorySwap: whole,
  memoryReservation: whole,
  nanoCpus: whole,
  cpuShares: whole,
  cpuPeriod: whole,
  cpuQuota: whole,
  cpusetCpus: string,
  cpusetMems: string,
  pidsLimit: whole,
  blkioWeight: whole,
  blkioWeightDevice: rates,
  deviceReadBps: rates,
  deviceWriteBps: rates,
  deviceReadIops: rates,
  deviceWriteIops: rates,
  capAdd: strings,
  capDrop: strings,
  privileged: boolean,
  securityOpt: strings,
  readonlyRootfs: boolean,
  tmpfs: stringRecord,
  shmSize: whole,
  groupAdd: strings,
  devices: (field) => array(field, device),
  ulimits: (field) => array(field, ulimit),
  sysctls: stringRecord,
  oomScoreAdj: whole,
  pidMode: oneOf('host'),
  ipcMode: oneOf('host', 'private', 'shareable', 'none'),
  utsMode: oneOf('host'),
  cgroupnsMode: oneOf('host', 'private'),
  domainname: string,
};
