// Docker's HostConfig of a container (Engine API `GET /containers/{id}/json`). What Slipway has not is there with docker's default. Pure.

import type { DeviceRate, HostOptions, ResourceLimits } from '../../protocol/host-options.ts';
import { MASKED_PATHS, READONLY_PATHS } from '../launcher/spec.ts';
import { DEFAULT_LOG } from './log-config.ts';
import { parseRestartPolicy } from './restart.ts';
import { parseSecurityOptions } from './security.ts';
import type { ContainerConfig } from './record.ts';

const SHM_SIZE = 64 * 1024 ** 2;

export function inspectHost(config: ContainerConfig): Record<string, unknown> {
  const { host = {}, log = DEFAULT_LOG } = config;
  return {
    Binds: config.volumes.length === 0 ? null : config.volumes,
    ContainerIDFile: '',
    ...(config.init === undefined ? {} : { Init: config.init }),
    LogConfig: { Type: log.driver, Config: log.options },
    NetworkMode: config.network,
    PortBindings: {},
    RestartPolicy: restartOf(config),
    AutoRemove: config.autoRemove,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    ...NAMES,
    ...security(host),
    ...namespaces(host),
    ...limits(host),
    PublishAllPorts: false,
    ReadonlyRootfs: host.readonlyRootfs ?? false,
    ...(host.tmpfs === undefined ? {} : { Tmpfs: host.tmpfs }),
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

function restartOf({ restart = '' }: ContainerConfig): Record<string, unknown> {
  const { name, maximumRetryCount } = parseRestartPolicy(restart);
  return { Name: name, MaximumRetryCount: maximumRetryCount };
}
const WINDOWS = { CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0, IOMaximumBandwidth: 0 };
const NAMES = { Dns: [], DnsOptions: [], DnsSearch: [], ExtraHosts: null, Links: null };

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
