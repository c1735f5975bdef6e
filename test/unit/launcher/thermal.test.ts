import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { thermalThrottlePaths } from '../../../runtime-server/src/launcher/thermal.ts';

describe('thermalThrottlePaths', () => {
  it('are those of each cpu that has one, as the container sees them', () => {
    const cpus = mkdtempSync(join(tmpdir(), 'slipway-cpus-'));
    try {
      for (const name of ['cpu0', 'cpu11', 'cpufreq'])
        mkdirSync(join(cpus, name, 'thermal_throttle'), { recursive: true });
      mkdirSync(join(cpus, 'cpu2'));
      assert.deepEqual(
        [...thermalThrottlePaths(cpus)].sort(),
        ['cpu0', 'cpu11'].map((name) => `/sys/devices/system/cpu/${name}/thermal_throttle`),
      );
      assert.deepEqual(thermalThrottlePaths(join(cpus, 'none')), []);
    } finally {
      rmSync(cpus, { recursive: true });
    }
  });
});
