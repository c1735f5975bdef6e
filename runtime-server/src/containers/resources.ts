// Limits: which are asked for, whether they make sense (moby daemon `verifyPlatformContainerResources`), and how an update
// changes them. Pure.

import { availableParallelism } from 'node:os';
import type { DeviceRate, HostOptions, ResourceLimits } from '../../protocol/host-options.ts';
import { invalidArgument, type EngineError } from '../base/errors.ts';
import { compact, quote } from '../base/validate.ts';

const MEMORY_MIN = 6 * 1024 ** 2;

/** The members of ResourceLimits. */
export const LIMIT_NAMES: readonly (keyof ResourceLimits)[] = [
  ...(['memory', 'memorySwap', 'memoryReservation', 'nanoCpus', 'cpuShares', 'cpuPeriod', 'cpuQuota'] as const),
  ...(['cpusetCpus', 'cpusetMems', 'pidsLimit', 'blkioWeight', 'blkioWeightDevice'] as const),
  ...(['deviceReadBps', 'deviceWriteBps', 'deviceReadIops', 'deviceWriteIops'] as const),
];

/** The limits among the options, without those that say "none". */
export function limitsOf(options: HostOptions): ResourceLimits {
  const asked = LIMIT_NAMES.map((name) => [name, options[name]] as const).filter(([name, value]) =>
    limits(name, value),
  );
  return Object.fromEntries(asked);
}

function limits(name: keyof ResourceLimits, value: ResourceLimits[keyof ResourceLimits]): boolean {
  if (value === undefined || value === 0 || value === '') return false;
  if (value === -1) return name === 'memorySwap';
  return !Array.isArray(value) || value.length > 0;
}

/** What `update` makes of the limits: what is not given stays. CPUs are given in one way or the other. */
export function updateLimits(before: HostOptions, changes: ResourceLimits): HostOptions {
  const { nanoCpus, cpuPeriod, cpuQuota } = changes;
  const merged = { ...before, ...compact(changes) };
  if (nanoCpus !== undefined && (before.cpuPeriod ?? before.cpuQuota ?? 0) !== 0)
    throw failure('Conflicting options: NanoCPUs cannot be updated as CPU Period/Quota has already been set');
  if ((cpuPeriod ?? cpuQuota) !== undefined && (before.nanoCpus ?? 0) > 0)
    throw failure('Conflicting options: CPU Period/Quota cannot be updated as NanoCPUs has already been set');
  if (changes.memory !== undefined && changes.memorySwap === undefined) checkSwapAfter(before, changes.memory);
  return merged;
}

function checkSwapAfter({ memorySwap = 0 }: HostOptions, memory: number): void {
  if (memorySwap > 0 && memory > memorySwap)
    throw failure(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
}

/** Throws InvalidArgument in docker's words. */
export function checkLimits(options: ResourceLimits): void {
  checkMemory(options);
  checkCpu(options);
  checkSets(options);
  const { pidsLimit = 0, blkioWeight = 0 } = options;
  if (pidsLimit < -1) throw failure(`invalid value ${pidsLimit} for pids-limit: a number, or -1 for none`);
  if (blkioWeight !== 0 && (blkioWeight < 10 || blkioWeight > 1000))
    throw failure('Range of blkio weight is from 10 to 1000');
  for (const { path, rate } of options.blkioWeightDevice ?? []) {
    if (rate < 10 || rate > 1000) throw failure(`invalid weight for device: ${path}:${rate}`);
  }
  for (const name of ['deviceReadBps', 'deviceWriteBps', 'deviceReadIops', 'deviceWriteIops'] as const)
    options[name]?.forEach(checkRate);
  for (const { path } of options.blkioWeightDevice ?? []) checkDevicePath(path);
}

function checkMemory({ memory = 0, memorySwap = 0, memoryReservation = 0 }: ResourceLimits): void {
  if (memory < 0 || (memory > 0 && memory < MEMORY_MIN)) throw failure('Minimum memory limit allowed is 6MB');
  if (memorySwap < -1) throw failure('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memorySwap > 0 && memory > 0 && memorySwap < memory)
    throw failure('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memorySwap > 0 && memory === 0)
    throw failure('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (memoryReservation < 0 || (memoryReservation > 0 && memoryReservation < MEMORY_MIN))
    throw failure('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && memoryReservation > 0 && memory < memoryReservation)
    throw failure('Minimum memory limit can not be less than memory reservation limit, see usage');
}

function checkCpu({ nanoCpus = 0, cpuPeriod = 0, cpuQuota = 0, cpuShares = 0 }: ResourceLimits): void {
  if (nanoCpus !== 0 && cpuPeriod !== 0)
    throw failure('Conflicting options: Nano CPUs and CPU Period cannot both be set.');
  if (nanoCpus !== 0 && cpuQuota !== 0)
    throw failure('Conflicting options: Nano CPUs and CPU Quota cannot both be set.');
  const cpus = availableParallelism();
  if (nanoCpus < 0 || (nanoCpus > 0 && nanoCpus < 1e7) || nanoCpus > cpus * 1e9)
    throw failure(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  if (cpuPeriod !== 0 && (cpuPeriod < 1000 || cpuPeriod > 1_000_000))
    throw failure('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (cpuQuota > 0 && cpuQuota < 1000) throw failure('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (cpuShares < 0) throw failure(`invalid CPU shares (${cpuShares}): value must be a positive integer`);
}

const SET = /^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/;

function checkSets({ cpusetCpus = '', cpusetMems = '' }: ResourceLimits): void {
  if (cpusetCpus !== '' && !SET.test(cpusetCpus)) throw failure(`Invalid value ${quote(cpusetCpus)} for cpuset cpus`);
  if (cpusetMems !== '' && !SET.test(cpusetMems)) throw failure(`Invalid value ${quote(cpusetMems)} for cpuset mems`);
}

function checkRate({ path, rate }: DeviceRate): void {
  checkDevicePath(path);
  if (rate <= 0) throw failure(`invalid rate for device: ${path}:${rate}`);
}

function checkDevicePath(path: string): void {
  if (!path.startsWith('/dev/')) throw failure(`bad format for device path: ${quote(path)}`);
}

const failure = (reason: string): EngineError => invalidArgument(`set limits: ${reason}`);
