// The options of run and create that concern the machine: from words to HostOptions. What makes sense is decided by
// containers/host-options.ts, for every api alike.

import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DeviceMapping, HostOptions, Ulimit } from '../../../../protocol/host-options.ts';
import { invalidArgument, toEngineError, unsupported } from '../../../base/errors.ts';
import { compact } from '../../../base/validate.ts';
import { isDeviceMode } from '../../../containers/host-parts.ts';
import { split } from '../../../containers/security.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';
import { badArgument, parseBytes, parseInteger, parsePairs } from '../quantities.ts';
import type { CliSession } from '../session.ts';
import { DEVICE_LIMIT_OPTIONS, LIMIT_OPTIONS, limitOptions, REFUSED_LIMIT_OPTIONS } from './limit-options.ts';

/** Why docker's options of these names can't be kept. */
const REFUSED: Readonly<Record<string, string>> = {
  'cgroup-parent': 'the engine keeps all containers in the control group that was delegated to it',
  'device-cgroup-rule': 'there is no device controller; give each device with --device',
};

export const HOST_OPTIONS: readonly OptionSpec[] = [
  { long: 'cap-add', kind: 'list', placeholder: 'CAPABILITY', help: 'Add a Linux capability, or ALL' },
  { long: 'cap-drop', kind: 'list', placeholder: 'CAPABILITY', help: 'Drop a Linux capability, or ALL' },
  { long: 'privileged', kind: 'flag', help: 'All capabilities and devices, and no filter: for programs you trust' },
  {
    long: 'security-opt',
    kind: 'list',
    placeholder: 'OPTION',
    help: 'no-new-privileges, seccomp=unconfined|builtin|FILE, apparmor=PROFILE, label=…, systempaths=unconfined',
  },
  { long: 'read-only', kind: 'flag', help: 'Make the root file system read-only' },
  {
    long: 'tmpfs',
    kind: 'list',
    placeholder: 'PATH[:OPTIONS]',
    help: 'Mount an empty folder in memory (/run:size=64m)',
  },
  { long: 'shm-size', kind: 'value', placeholder: 'BYTES', help: 'Size of /dev/shm (default 64m)' },
  { long: 'group-add', kind: 'list', placeholder: 'NAME|GID', help: 'Add a group to its user' },
  { long: 'device', kind: 'list', placeholder: 'HOST[:CONTAINER[:rwm]]', help: 'Make a device of the machine usable' },
  { long: 'ulimit', kind: 'list', placeholder: 'NAME=SOFT[:HARD]', help: 'Limit of each process (nofile=1024:2048)' },
  { long: 'sysctl', kind: 'list', placeholder: 'NAME=VALUE', help: 'Kernel setting of its own namespaces' },
  { long: 'oom-score-adj', kind: 'value', placeholder: 'NUMBER', help: 'When memory runs out: -1000 last, 1000 first' },
  { long: 'pid', kind: 'value', placeholder: 'host', help: 'See and signal the machine’s processes' },
  { long: 'ipc', kind: 'value', placeholder: 'private|none|host', help: 'Shared memory: its own, none, the machine’s' },
  { long: 'uts', kind: 'value', placeholder: 'host', help: 'Have the machine’s host name' },
  { long: 'cgroupns', kind: 'value', placeholder: 'private|host', help: 'How it sees control groups' },
  { long: 'userns', kind: 'value', placeholder: 'host', help: 'Taken for docker’s sake: it is always the engine’s' },
  { long: 'domainname', kind: 'value', placeholder: 'NAME', help: 'Domain name inside the container' },
  ...LIMIT_OPTIONS,
  ...DEVICE_LIMIT_OPTIONS,
  ...REFUSED_LIMIT_OPTIONS,
  ...Object.keys(REFUSED).map((long): OptionSpec => ({ long, kind: 'list', help: '', hidden: true })),
];

/** What was typed; throws InvalidArgument for a wrong form, Unsupported for what can't be kept. */
export async function hostOptions(session: CliSession, options: ParsedOptions): Promise<HostOptions> {
  for (const [long, reason] of Object.entries(REFUSED)) {
    if (options.value(long) !== undefined) throw unsupported(`use --${long}: ${reason}`);
  }
  const securityOpt = await Promise.all(options.list('security-opt').map((each) => readProfile(session, each)));
  const shmSize = options.value('shm-size');
  const oomScoreAdj = options.value('oom-score-adj');
  return compact({
    ...limitOptions(options),
    ...namespaceOptions(options),
    capAdd: filled(options.list('cap-add')),
    capDrop: filled(options.list('cap-drop')),
    privileged: options.flag('privileged') || undefined,
    securityOpt: filled(securityOpt),
    readonlyRootfs: options.flag('read-only') || undefined,
    tmpfs: filledRecord(Object.fromEntries(options.list('tmpfs').map(atColon))),
    shmSize: shmSize === undefined ? undefined : parseBytes(shmSize, '--shm-size'),
    groupAdd: filled(options.list('group-add')),
    devices: filled(options.list('device').map(device)),
    ulimits: filled(lastOfEach(options.list('ulimit').map(ulimit))),
    sysctls: filledRecord(
      parsePairs(options.list('sysctl'), (entry) => badArgument(entry, '--sysctl', `sysctl '${entry}' is not allowed`)),
    ),
    oomScoreAdj: oomScoreAdj === undefined ? undefined : parseInteger(oomScoreAdj, '--oom-score-adj'),
    domainname: options.value('domainname') === '' ? undefined : options.value('domainname'),
  });
}

type Namespaces = Partial<Pick<HostOptions, 'pidMode' | 'ipcMode' | 'utsMode' | 'cgroupnsMode'>>;

function namespaceOptions(options: ParsedOptions): Namespaces {
  const of = <T extends string>(long: string, words: readonly T[], sentence: string): T | undefined => {
    const text = options.value(long) ?? '';
    if (text === '') return undefined;
    if (text.startsWith('container:'))
      throw unsupported(`use --${long} ${text}: joining a container is not supported yet`);
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw invalidArgument(`use --${long} ${text}: ${sentence}`);
    return word;
  };
  const pid = of('pid', ['host', 'private'], 'invalid PID mode');
  // One's own would need id ranges inside of the engine's: not there.
  of('userns', ['host'], 'invalid USER mode');
  return compact({
    pidMode: pid === 'host' ? pid : undefined,
    ipcMode: of('ipc', ['host', 'private', 'shareable', 'none'], `invalid IPC mode: ${options.value('ipc') ?? ''}`),
    utsMode: of('uts', ['host'], 'invalid UTS mode'),
    cgroupnsMode: of('cgroupns', ['host', 'private'], 'invalid CGROUP mode'),
  });
}

const PROFILE_MAX = 4 * 1024 ** 2;

/** A profile's file is read here and travels as its JSON, as docker's client does it. */
async function readProfile(session: CliSession, option: string): Promise<string> {
  const [key, value] = split(option);
  if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin' || value === '') return option;
  const path = resolve(session.request.cwd, value);
  try {
    await using file = await open(path);
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > PROFILE_MAX) throw invalidArgument(`read ${path}: not a profile`);
    return `seccomp=${await file.readFile('utf8')}`;
  } catch (cause) {
    const { message } = toEngineError(cause, 'read');
    throw invalidArgument(`use security option: opening seccomp profile (${value}) failed: ${message}`, { cause });
  }
}

function atColon(text: string): readonly [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** `SRC`, `SRC:rwm`, `SRC:DST`, `SRC:DST:rwm` (docker/cli `parseLinuxDevice`). */
function device(text: string): DeviceMapping {
  const [pathOnHost = '', second = '', third, ...more] = text.split(':');
  if (more.length > 0 || pathOnHost === '')
    throw invalidArgument(`add device ${text}: invalid device specification: ${text}`);
  if (third === undefined && isDeviceMode(second))
    return { pathOnHost, pathInContainer: pathOnHost, permissions: second };
  return { pathOnHost, pathInContainer: second === '' ? pathOnHost : second, permissions: third ?? 'rwm' };
}

/** `NAME=SOFT[:HARD]` (go-units `ParseUlimit`). */
function ulimit(text: string): Ulimit {
  const at = text.indexOf('=');
  if (at < 1) throw badArgument(text, '--ulimit', `invalid ulimit argument: ${text}`);
  const [soft = '', hard = soft, ...more] = text.slice(at + 1).split(':');
  if (more.length > 0)
    throw badArgument(
      text,
      '--ulimit',
      `too many limit value arguments - ${text.slice(at + 1)}, can only have up to two, \`soft[:hard]\``,
    );
  return { name: text.slice(0, at), soft: parseInteger(soft, '--ulimit'), hard: parseInteger(hard, '--ulimit') };
}

const lastOfEach = (limits: readonly Ulimit[]): readonly Ulimit[] => [
  ...new Map(limits.map((limit) => [limit.name, limit])).values(),
];

const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
const filledRecord = (found: Record<string, string>): Record<string, string> | undefined =>
  Object.keys(found).length === 0 ? undefined : found;
