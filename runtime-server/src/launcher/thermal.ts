// Each cpu's thermal_throttle in sysfs, which tells a container how hard its neighbours work: masked, as moby does. Which
// cpus there are only the machine knows.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const CPUS = '/sys/devices/system/cpu';

/** Paths to mask, as the container sees them; `cpus` is where this machine lists its own. */
export function thermalThrottlePaths(cpus = CPUS): readonly string[] {
  return cpuNames(cpus)
    .filter((name) => existsSync(join(cpus, name, 'thermal_throttle')))
    .map((name) => `${CPUS}/${name}/thermal_throttle`);
}

function cpuNames(cpus: string): readonly string[] {
  try {
    return readdirSync(cpus).filter((name) => /^cpu\d+$/.test(name));
  } catch {
    return []; // no sysfs: nothing to hide
  }
}
