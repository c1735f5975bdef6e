// From limits to the OCI linux.resources (runtime-spec config-linux.md, "Control groups"). Pure: the numbers of devices
// are looked up by the caller's function.

import type { DeviceRate, ResourceLimits } from '../../protocol/host-options.ts';
import { compact } from '../base/validate.ts';
import type { OciBlockDevice, OciResources, OciThrottle } from './oci-spec.ts';

/** Docker's period where only a number of CPUs is given. */
const PERIOD = 100_000;

/** Undefined when nothing is limited. */
export function ociResources(
  limits: ResourceLimits,
  numbers: (path: string) => OciBlockDevice,
): OciResources | undefined {
  const resources = compact({
    memory: memory(limits),
    cpu: cpu(limits),
    pids: limits.pidsLimit === undefined ? undefined : { limit: limits.pidsLimit <= 0 ? -1 : limits.pidsLimit },
    blockIO: blockIO(limits, numbers),
  });
  return isEmpty(resources) ? undefined : resources;
}

/** Docker's rule: without a limit for swap, as much swap as memory. `swap` counts both. */
function memory({ memory: limit, memorySwap, memoryReservation }: ResourceLimits): OciResources['memory'] {
  const swap = given(memorySwap) ?? (given(limit) === undefined ? undefined : 2 * (limit ?? 0));
  return filled({ limit: given(limit), swap, reservation: given(memoryReservation) });
}

function cpu(limits: ResourceLimits): OciResources['cpu'] {
  const { nanoCpus, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, cpusetMems } = limits;
  const nano = given(nanoCpus);
  return filled({
    shares: given(cpuShares),
    quota: nano === undefined ? given(cpuQuota) : Math.floor((nano * PERIOD) / 1e9),
    period: nano === undefined ? given(cpuPeriod) : PERIOD,
    cpus: cpusetCpus === '' ? undefined : cpusetCpus,
    mems: cpusetMems === '' ? undefined : cpusetMems,
  });
}

function blockIO(limits: ResourceLimits, numbers: (path: string) => OciBlockDevice): OciResources['blockIO'] {
  const throttle = (rates: readonly DeviceRate[] | undefined): readonly OciThrottle[] | undefined =>
    rates === undefined || rates.length === 0 ? undefined : rates.map(({ path, rate }) => ({ ...numbers(path), rate }));
  return filled({
    weight: given(limits.blkioWeight),
    weightDevice: throttle(limits.blkioWeightDevice)?.map(({ rate, ...device }) => ({ ...device, weight: rate })),
    throttleReadBpsDevice: throttle(limits.deviceReadBps),
    throttleWriteBpsDevice: throttle(limits.deviceWriteBps),
    throttleReadIOPSDevice: throttle(limits.deviceReadIops),
    throttleWriteIOPSDevice: throttle(limits.deviceWriteIops),
  });
}

/** 0 is docker's word for "not given". */
const given = (value: number | undefined): number | undefined => (value === 0 ? undefined : value);

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function filled<T extends object>(value: T): ReturnType<typeof compact<T>> | undefined {
  const found = compact(value);
  return isEmpty(found) ? undefined : found;
}
