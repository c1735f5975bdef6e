// version and info: what client, server and machine are, as docker's commands of these names say it.

import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, machine, release, totalmem } from 'node:os';
import type { DoctorCheck, VersionInfo } from '../../../../protocol/models.ts';
import type { CliRequest } from '../../../../protocol/frames.ts';
import type { Engine } from '../../../engine/engine.ts';
import { DOCUMENT_FORMAT, formatDocument } from '../formatter.ts';
import { binarySize, printable } from '../format.ts';
import type { Command } from '../session.ts';
import { Fields, type Value } from '../template/values.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'Show the versions of client and server',
  usage: '[OPTIONS]',
  options: [DOCUMENT_FORMAT],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const { request } = session;
    const format = options.value('format') ?? '';
    const server = engine.version();
    const text =
      format === ''
        ? versionText(request, server)
        : `${formatDocument(format, 'version', versionFields(request, server), session)}\n`;
    await session.out(text);
    return 0;
  },
};

export const infoCommand: Command = {
  name: 'info',
  summary: 'Show what there is on this machine, and how the server works here',
  usage: '[OPTIONS]',
  options: [DOCUMENT_FORMAT],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const format = options.value('format') ?? '';
    const info = await gather(engine, session.request);
    await session.out(format === '' ? infoText(info) : `${formatDocument(format, '', infoFields(info), session)}\n`);
    if (format === '') for (const warning of info.Warnings) await session.err(`WARNING: ${printable(warning)}\n`);
    return 0;
  },
};

/** Go's name of the machine's architecture. */
const goArch = (): string => (arch() === 'x64' ? 'amd64' : arch());

function versionFields(request: CliRequest, server: VersionInfo): Value {
  const both = { GitCommit: '', Os: server.os };
  return new Fields('system.versionInfo', {
    Client: () => ({
      Version: request.productVersion,
      ApiVersion: String(request.protocolVersion),
      DefaultAPIVersion: String(request.protocolVersion),
      ...both,
      Arch: goArch(),
      Context: 'default',
    }),
    Server: () => ({
      Platform: { Name: 'Slipway' },
      Components: [
        {
          Name: 'Engine',
          Version: server.version,
          Details: { Node: server.node, Mode: server.mode, Storage: server.storage },
        },
      ],
      Version: server.version,
      ApiVersion: String(server.protocolVersion),
      MinAPIVersion: String(server.protocolVersion),
      ...both,
      Arch: server.architecture,
      KernelVersion: release(),
    }),
  });
}

function versionText(request: CliRequest, server: VersionInfo): string {
  const block = (title: string, lines: readonly (readonly [string, string | number])[]): string =>
    `${title}:\n${lines.map(([name, value]) => ` ${`${name}:`.padEnd(18)}${value}\n`).join('')}`;
  return [
    block('Client', [
      ['Version', request.productVersion],
      ['Protocol', request.protocolVersion],
      ['OS/Arch', `${server.os}/${goArch()}`],
    ]),
    '\n',
    block('Server', [
      ['Version', server.version],
      ['Protocol', server.protocolVersion],
      ['Node', server.node],
      ['Kernel', release()],
      ['OS/Arch', `${server.os}/${server.architecture}`],
      ['Mode', MODES[server.mode]],
      ['Storage', server.storage],
      ['Data', server.dataDirectory],
      ['Sockets', server.runtimeDirectory],
      ['Process', server.pid],
    ]),
  ].join('');
}

const MODES: Readonly<Record<VersionInfo['mode'], string>> = {
  root: 'root',
  rootless: 'rootless',
  'single-id': 'rootless (one id only; see slipway doctor)',
  none: 'no user namespace (see slipway doctor)',
};

type Info = Awaited<ReturnType<typeof gather>>;

/** Docker's Info (Engine API `GET /info`), the members that mean something here. */
async function gather(engine: Engine, request: CliRequest) {
  const server = engine.version();
  const checks = await engine.doctor();
  const containers = engine.containers.list();
  const count = (state: string): number => containers.filter((container) => container.state === state).length;
  const limits = checks.some(({ id, status }) => id === 'cgroups' && status === 'ok');
  const [running, paused] = [count('running'), count('paused')];
  return {
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: (await engine.images.list()).length,
    Driver: 'overlay',
    DriverStatus: [['Storage', server.storage]],
    Plugins: { Volume: [], Network: ['null'], Authorization: null, Log: ['json-file'] },
    MemoryLimit: limits,
    SwapLimit: limits,
    CpuCfsQuota: limits,
    CPUShares: limits,
    PidsLimit: limits,
    Debug: false,
    SystemTime: new Date().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: limits ? 'cgroupfs' : 'none',
    CgroupVersion: limits ? '2' : '',
    KernelVersion: release(),
    ...(await operatingSystem()),
    OSType: server.os,
    Architecture: machine(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    DockerRootDir: server.dataDirectory,
    Name: hostname(),
    Labels: [],
    ServerVersion: server.version,
    Runtimes: { slipway: { path: 'slipway-runtime' } },
    DefaultRuntime: 'slipway',
    LiveRestoreEnabled: true,
    InitBinary: 'slipway-init',
    SecurityOptions: [
      'name=seccomp,profile=builtin',
      'name=cgroupns',
      ...(server.mode === 'root' ? [] : ['name=rootless']),
    ],
    Warnings: checks.filter(({ status }) => status !== 'ok').map(warningOf),
    ClientInfo: { Version: request.productVersion, Context: 'default', Debug: false, Plugins: [], Warnings: null },
  };
}

const warningOf = ({ title, detail }: DoctorCheck): string => `${title}: ${detail}`;

async function operatingSystem(): Promise<{ readonly OperatingSystem: string; readonly OSVersion: string }> {
  // Not every machine has it; then it has no name.
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const of = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { OperatingSystem: of('PRETTY_NAME') || 'Linux', OSVersion: of('VERSION_ID') };
}

const infoFields = (info: Info): Value =>
  new Fields('system.dockerInfo', Object.fromEntries(Object.entries(info).map(([name, value]) => [name, () => value])));

function infoText(info: Info): string {
  const lines: readonly (readonly [number, string, string | number | boolean])[] = [
    [0, 'Client', ''],
    [1, 'Version', info.ClientInfo.Version],
    [1, 'Context', info.ClientInfo.Context],
    [0, 'Server', ''],
    [1, 'Containers', info.Containers],
    [2, 'Running', info.ContainersRunning],
    [2, 'Paused', info.ContainersPaused],
    [2, 'Stopped', info.ContainersStopped],
    [1, 'Images', info.Images],
    [1, 'Server Version', info.ServerVersion],
    [1, 'Storage Driver', info.Driver],
    [2, 'Storage', info.DriverStatus[0]?.[1] ?? ''],
    [1, 'Logging Driver', info.LoggingDriver],
    [1, 'Cgroup Driver', info.CgroupDriver],
    [1, 'Cgroup Version', info.CgroupVersion],
    [1, 'Runtimes', Object.keys(info.Runtimes).join(' ')],
    [1, 'Default Runtime', info.DefaultRuntime],
    [1, 'Init Binary', info.InitBinary],
    [1, 'Security Options', ''],
    ...info.SecurityOptions.map((option) => [2, option.replace('name=', '').replace(',', ' '), NO_VALUE] as const),
    [1, 'Kernel Version', info.KernelVersion],
    [1, 'Operating System', info.OperatingSystem],
    [1, 'OSType', info.OSType],
    [1, 'Architecture', info.Architecture],
    [1, 'CPUs', info.NCPU],
    [1, 'Total Memory', binarySize(info.MemTotal)],
    [1, 'Name', info.Name],
    [1, 'Data Directory', info.DockerRootDir],
    [1, 'Live Restore Enabled', info.LiveRestoreEnabled],
  ];
  return lines.map(([depth, name, value]) => `${' '.repeat(depth)}${name}${lineEnd(value)}\n`).join('');
}

/** A line that is a name alone. */
const NO_VALUE = '\u0000';

const lineEnd = (value: string | number | boolean): string =>
  value === NO_VALUE ? '' : value === '' ? ':' : `: ${printable(String(value))}`;
