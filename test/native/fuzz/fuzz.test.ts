// Each parser of the programs on mutated seeds, with sanitizers: the reader of archives, which is what strangers reach first, for a
// minute, the others for a few seconds. The same seed each time, so that a change is judged by itself; `FUZZ_SEED=N` begins at another.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const drivers = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.c'));
const secondsOf = (driver: string): number =>
  Number(process.env['FUZZ_SECONDS'] ?? (driver === 'layer_tar.c' ? 60 : 3));
const withoutCompiler = spawnSync('gcc', ['--version']).status === 0 ? false : 'needs gcc';

describe('fuzz', { timeout: 300_000, skip: withoutCompiler }, () => {
  for (const driver of drivers) {
    it(driver, (context) => {
      const options = [
        `FUZZ=${join(import.meta.dirname, driver)}`,
        `FUZZ_SECONDS=${secondsOf(driver)}`,
        `FUZZ_SEED=${process.env['FUZZ_SEED'] ?? 1}`,
        'ASAN_OUT=../build/native-fuzz',
      ];
      const run = spawnSync('make', ['-C', join(root, 'native'), 'fuzz', ...options], { encoding: 'utf8' });
      assert.equal(run.status, 0, `${run.stdout.slice(-2000)}${run.stderr.slice(-4000)}`);
      context.diagnostic(/seed \d+/.exec(run.stdout)?.[0] ?? '');
      assert.match(run.stdout, /\d+ runs/);
    });
  }
});
