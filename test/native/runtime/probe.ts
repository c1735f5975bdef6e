// Builds the small C programs of the tests, probe.c into the image of a sandbox. Without a compiler the tests that need it are skipped by name.

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

const NATIVE = resolve(import.meta.dirname, '../../../native');

interface Relink {
  /** A file of native/src/runtime … */
  readonly source: string;
  /** … in which these system calls become `fake_NAME` … */
  readonly fakes: readonly string[];
  /** … of this file beside us. */
  readonly by: string;
  readonly options?: readonly string[];
}

/** slipway-runtime once more at `to`, with one of its files over system calls of a test: for kernels that no machine here has. */
export function relink(to: string, box: Sandbox, { source, fakes, by, options = [] }: Relink): void {
  const declared = join(box.dir, 'declared.h');
  writeFileSync(declared, '#include <fcntl.h>\n#include <sys/stat.h>\n#include <sys/vfs.h>\n#include <unistd.h>\n');
  const object = (file: string, ...more: readonly string[]): string => {
    const out = join(box.dir, `${more.length > 0 ? 'faked-' : ''}${by}.o`);
    execFileSync('gcc', ['-std=gnu11', '-D_GNU_SOURCE', '-w', `-I${NATIVE}/src`, ...more, '-c', '-o', out, file]);
    return out;
  };
  const faked = ['-include', declared, ...fakes.map((name) => `-D${name}=fake_${name}`), ...options];
  const built = globSync(`${resolve(NATIVE, '../build/native')}/{runtime,shim,cgroup,common}/*.o`);
  const others = built.filter((path) => !path.endsWith(`/${source}.o`));
  const parts = [object(`${NATIVE}/src/runtime/${source}.c`, ...faked), object(join(import.meta.dirname, `${by}.c`))];
  execFileSync('gcc', ['-static', '-o', to, ...others, ...parts, '-ljson-c', '-lseccomp', '-lm']);
}
