// Each parser of the programs on mutated seeds for a few seconds, with sanitizers.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const drivers = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.c'));
const withoutCompiler = spawnSync('gcc', ['--version']).status === 0 ? false : 'needs gcc';

describe('fuzz', { timeout: 300_000, skip: withoutCompiler }, () => {
  for (const driver of drivers) {
    it(driver, () => {
      const options = [`FUZZ=${join(import.meta.dirname, driver)}`, 'FUZZ_SECONDS=3', 'ASAN_OUT=../build/native-fuzz'];
      const run = spawnSync('make', ['-C', join(root, 'native'), 'fuzz', ...options], { encoding: 'utf8' });
      assert.equal(run.status, 0, `${run.stdout.slice(-2000)}${run.stderr.slice(-4000)}`);
      assert.match(run.stdout, /\d+ runs/);
    });
  }
});
