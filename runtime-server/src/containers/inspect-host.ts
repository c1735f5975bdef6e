// Docker's HostConfig of a container (Engine API `GET /containers/{id}/json`). What Slipway has not is there with docker's default. Pure.

import type { DeviceRate, HostOptions, ResourceLimits } from '../../protocol/host-options.ts';
import type { MountOptions } from '../../protocol/mounts.ts';
import { compact } from '../base/validate.ts';
import { MASKED_PATHS, READONLY_PATHS } from '../launcher/spec.ts';
import { DEFAULT_LOG } from './log-config.ts';
import { parseRestartPolicy } from './restart.ts';
import { parseSecurityOptions } from './security.ts';
import type { ContainerConfig } from './record.ts';

const SHM_SIZE = 64 * 1024 ** 2;

export function inspectHost(config: ContainerConfig): Record<string, unknown> {
  const { host = {}, log = DEFAULT_LOG } = config;
  return {
    Binds: bindsOf(config),
    ContainerIDFile: '',
    ...(config.init === undefined ? {} : { Init: config.init }),
    LogConfig: { Type: log.driver, Config: log.options },
    NetworkMode: config.network,
    PortBindings: {},
    RestartPolicy: restartOf(config),
    AutoRemove: config.autoRemove,
    VolumeDriver: '',
    VolumesFrom: config.volumesFrom ?? null,
    ConsoleSize: [0, 0],
    ...inspectNaming(config),
    ...security(host),
    ...namespaces(host),
    ...limits(host),
    PublishAllPorts: false,
    ReadonlyRootfs: host.readonlyRootfs ?? false,
    ...(host.tmpfs === undefined ? {} : { Tmpfs: host.tmpfs }),
    ...(config.mountOptions === undefined ? {} : { Mounts: config.mountOptions.map(mountOf) }),
    ShmSize: host.shmSize ?? SHM_SIZE,
    Devices: (host.devices ?? []).map(({ pathOnHost, pathInContainer, permissions }) => ({
      PathOnHost: pathOnHost,
      PathInContainer: pathInContainer,
      CgroupPermissions: permissions,
    })),
    Ulimits: (host.ulimits ?? []).map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ...(host.sysctls === undefined ? {} : { Sysctls: host.sysctls }),
    OomScoreAdj: host.oomScoreAdj ?? 0,
    Runtime: 'slipway',
    Isolation: '',
    ...WINDOWS,
  };
}

/** `-v` with a source; docker has the others in Config.Volumes. */
function bindsOf({ volumes }: ContainerConfig): readonly string[] | null {
  const binds = volumes.filter((text) => text.includes(':'));
  return binds.length === 0 ? null : binds;
}

const RECURSIVE: Readonly<Record<string, object>> = {
  disabled: { NonRecursive: true },
  writable: { ReadOnlyNonRecursive: true },
  readonly: { ReadOnlyForceRecursive: true },
};

/** `--mount` in the API's shape. */
function mountOf(mount: MountOptions): Record<string, unknown> {
  const { type, source, target, readOnly, propagation, recursive = '' } = mount;
  const { noCopy, labels, subpath, driver, driverOptions, tmpfsSize, tmpfsMode } = mount;
  const driverConfig =
    driver === undefined && driverOptions === undefined ? undefined : compact({ Name: driver, Options: driverOptions });
  const bind = compact({ Propagation: propagation, ...RECURSIVE[recursive] });
  const volume = compact({ NoCopy: noCopy, Labels: labels, Subpath: subpath, DriverConfig: driverConfig });
  const tmpfs = compact({ SizeBytes: tmpfsSize, Mode: tmpfsMode });
  const orNone = (options: object): object | undefined => (Object.keys(options).length === 0 ? undefined : options);
  return compact({
    Type: type,
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    BindOptions: orNone(bind),
    VolumeOptions: orNone(volume),
    TmpfsOptions: orNone(tmpfs),
  });
}

function restartOf({ restart = '' }: ContainerConfig): Record<string, unknown> {
  const { name, maximumRetryCount } = parseRestartPolicy(restart);
  return { Name: name, MaximumRetryCount: maximumRetryCount };
}
const WINDOWS = { CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0, IOMaximumBandwidth: 0 };

function inspectNaming({ naming = {}, annotations }: ContainerConfig): Record<string, unknown> {
  return {
    Dns: naming.dns ?? [],
    DnsOptions: naming.dnsOptions ?? [],
    DnsSearch: naming.dnsSearch ?? [],
    ExtraHosts: naming.extraHosts ?? null,
    Links: null,
    ...(annotations === undefined ? {} : { Annotations: annotations }),
  };
}

function security(host: HostOptions): Record<string, unknown> {
  const open = host.privileged === true || parseSecurityOptions(host.securityOpt ?? []).systemPathsUnconfined;
  return {
    CapAdd: host.capAdd ?? null,
    CapDrop: host.capDrop ?? null,
    Privileged: host.privileged ?? false,
    SecurityOpt: host.securityOpt ?? null,
    GroupAdd: host.groupAdd ?? null,
    MaskedPaths: open ? null : MASKED_PATHS,
    ReadonlyPaths: open ? null : READONLY_PATHS,
  };
}

function namespaces(host: HostOptions): Record<string, unknown> {
  return {
    PidMode: host.pidMode ?? '',
    IpcMode: host.ipcMode ?? 'private',
    UTSMode: host.utsMode ?? '',
    UsernsMode: '',
    CgroupnsMode: host.cgroupnsMode ?? 'private',
    Cgroup: '',
    CgroupParent: '',
  };
}

function limits(limits: ResourceLimits): Record<string, unknown> {
  const { memory = 0, memorySwap = 0 } = limits;
  return {
    Memory: memory,
    MemorySwap: memorySwap === 0 ? 2 * memory : memorySwap,
    MemoryReservation: limits.memoryReservation ?? 0,
    MemorySwappiness: null,
    OomKillDisable: null,
    NanoCpus: limits.nanoCpus ?? 0,
    CpuShares: limits.cpuShares ?? 0,
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    PidsLimit: limits.pidsLimit ?? null,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    BlkioWeight: limits.blkioWeight ?? 0,
    BlkioWeightDevice: (limits.blkioWeightDevice ?? []).map(({ path, rate }) => ({ Path: path, Weight: rate })),
    BlkioDeviceReadBps: rates(limits.deviceReadBps),
    BlkioDeviceWriteBps: rates(limits.deviceWriteBps),
    BlkioDeviceReadIOps: rates(limits.deviceReadIops),
    BlkioDeviceWriteIOps: rates(limits.deviceWriteIops),
  };
}

const rates = (devices: readonly DeviceRate[] = []): readonly unknown[] =>
  devices.map(({ path, rate }) => ({ Path: path, Rate: rate }));
