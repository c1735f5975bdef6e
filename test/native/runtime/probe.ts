// Builds probe.c into the image of a sandbox. Without a compiler the tests that need it are skipped by name.

import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Sandbox } from './support.ts';

/** Why there can be no probe here, or false; for `skip`. */
export const withoutCompiler: string | false =
  spawnSync('gcc', ['--version']).status === 0 ? false : 'no gcc to build the probe';

/** `/bin/probe` of the sandbox's rootfs; returns its path on the host. */
export function buildProbe(box: Sandbox): string {
  const program = join(box.rootfs, 'bin/probe');
  execFileSync('gcc', ['-static', '-O1', '-o', program, join(import.meta.dirname, 'probe.c')]);
  return program;
}
