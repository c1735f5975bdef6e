// What docker's templates see of an inspected object beyond its JSON: Go's types tell an empty list from an empty map, and
// members that the JSON leaves out are there with nothing in them. Pure.

import { Nil, openMap, type Value } from '../template/values.ts';

const list = new Nil('list');
const map = new Nil('map');
const pointer = new Nil('pointer');

/** What null means for the member of that name; others are pointers. */
const EMPTY: Readonly<Record<string, Nil>> = {
  ...Object.fromEntries(
    [
      ...['Args', 'Binds', 'CapAdd', 'CapDrop', 'Cmd', 'DeviceCgroupRules', 'DeviceRequests', 'Devices', 'Dns'],
      ...['DnsOptions', 'DnsSearch', 'Entrypoint', 'Env', 'ExecIDs', 'ExtraHosts', 'GroupAdd', 'Links', 'Mounts'],
      ...['OnBuild', 'RepoDigests', 'RepoTags', 'SecurityOpt', 'Ulimits', 'VolumesFrom', 'Layers'],
    ].map((name) => [name, list]),
  ),
  ...Object.fromEntries(
    ['ExposedPorts', 'Labels', 'PortBindings', 'Ports', 'Sysctls', 'Tmpfs', 'Volumes', 'Data', 'Options'].map(
      (name) => [name, map],
    ),
  ),
};

/** Maps whose keys are somebody's words: a key that is not there is nothing, no error. */
const OPEN = ['ExposedPorts', 'Labels', 'PortBindings', 'Ports', 'Sysctls', 'Tmpfs', 'Volumes', 'Data', 'Options'];

/** Object → members that its JSON may lack. */
const OPTIONAL: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  '': { SizeRw: pointer, SizeRootFs: pointer },
  State: { Health: pointer },
  'Mounts[]': { Name: '', Driver: '' },
  Config: { ExposedPorts: map, Healthcheck: pointer, Shell: list, StopSignal: '', StopTimeout: pointer },
  HostConfig: { Init: pointer, Mounts: list, Sysctls: map, Tmpfs: map, StorageOpt: map, Annotations: map },
};

/** Name in Go → name in JSON, where a template may use both. */
const ALIASES: Readonly<Record<string, string>> = {
  ID: 'Id',
  CPUShares: 'CpuShares',
  CPUPeriod: 'CpuPeriod',
  CPUQuota: 'CpuQuota',
  DNS: 'Dns',
  DNSOptions: 'DnsOptions',
  DNSSearch: 'DnsSearch',
  NanoCPUs: 'NanoCpus',
};

/** The document for a template. Its JSON stays what it was. */
export function typedDocument(document: Readonly<Record<string, unknown>>): Value {
  return typed(document, '');
}

function typed(value: unknown, name: string): Value {
  if (value === null || value === undefined) return Object.hasOwn(EMPTY, name) ? EMPTY[name] : pointer;
  if (Array.isArray(value)) return value.map((item: unknown) => typed(item, `${name}[]`));
  if (typeof value !== 'object') return value as string | number | boolean;
  const members = Object.entries(value).map(([key, member]) => [key, typed(member, key)] as const);
  const made: Record<string, Value> = Object.fromEntries(members);
  const hidden: (readonly [string, Value])[] = Object.entries(
    Object.hasOwn(OPTIONAL, name) ? (OPTIONAL[name] ?? {}) : {},
  );
  for (const [alias, key] of Object.entries(ALIASES)) if (Object.hasOwn(made, key)) hidden.push([alias, made[key]]);
  for (const [key, member] of hidden) {
    // Seen by templates, not by JSON.
    if (!Object.hasOwn(made, key)) Object.defineProperty(made, key, { value: member, enumerable: false });
  }
  return OPEN.includes(name) ? openMap(made) : made;
}
