// Builds the small C programs of the tests, probe.c into the image of a sandbox. Without a compiler the tests that need it are skipped by name.

import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Sandbox } from './support.ts';

/** Why there can be no probe here, or false; for `skip`. */
export const withoutCompiler: string | false =
  spawnSync('gcc', ['--version']).status === 0 ? false : 'no gcc to build the probe';

/** NAME.c beside this file as a program of the sandbox; returns its path. */
export function compile(box: Sandbox, name: string, to = join(box.dir, name)): string {
  execFileSync('gcc', ['-static', '-O1', '-o', to, join(import.meta.dirname, `${name}.c`)]);
  return to;
}

/** `/bin/probe` of the sandbox's rootfs; returns its path on the host. */
export function buildProbe(box: Sandbox): string {
  return compile(box, 'probe', join(box.rootfs, 'bin/probe'));
}
