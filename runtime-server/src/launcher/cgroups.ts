// The cgroups of containers as the server uses them: where they lie, freezing, thawing, killing, changing limits
// (slipway-runtime cgroup, native/README.md). Knows bundles and one JSON line, not containers.

import { execFile } from 'node:child_process';
import { readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launcherFailed, unsupported, type EngineError } from '../base/errors.ts';
import type { OciResources } from './oci-spec.ts';

/** What the thin client has found for this server: a place in cgroup v2 that is its own, or why there is none. */
export interface Delegation {
  /** Below the mount of cgroup v2, with a slash in front, as /proc/PID/cgroup has it. */
  readonly path?: string;
  /** One sentence; empty with a path. */
  readonly reason: string;
}

/** Where cgroup v2 is mounted when a machine uses it alone. */
export const CGROUP_MOUNT = '/sys/fs/cgroup';

export interface Cgroups {
  readonly delegation: Delegation;
  /** Where the container's cgroup is or will be, as config.json names it; undefined without delegation. */
  path(id: string): string | undefined;
  /** Rejects when a controller that these limits need is not there for containers. */
  check(resources: OciResources, doing: string): Promise<void>;
  /** Resolves once nothing of it runs. */
  freeze(target: CgroupTarget, doing: string): Promise<void>;
  thaw(target: CgroupTarget, doing: string): Promise<void>;
  update(target: CgroupTarget, resources: OciResources, doing: string): Promise<void>;
  /** Removes the cgroup of a container whose shim is gone, and kills what is left in it. */
  remove(target: CgroupTarget): Promise<void>;
  /** As the kernel says it (cgroup.events); false where there is no cgroup. */
  isFrozen(id: string): Promise<boolean>;
}

export interface CgroupTarget {
  readonly id: string;
  readonly bundle: string;
}

/** `run` calls `slipway-runtime` with words and standard input; resolves with its standard output, whatever its exit status. */
export type RunRuntime = (words: readonly string[], input: string) => Promise<string>;

export function createCgroups(delegation: Delegation, run: RunRuntime, mount = CGROUP_MOUNT): Cgroups {
  const path = (id: string): string | undefined =>
    delegation.path === undefined ? undefined : join(delegation.path, 'c', id);
  const ask = async (
    verb: string,
    where: readonly string[],
    doing: string,
    resources?: OciResources,
  ): Promise<void> => {
    requireDelegation(delegation, doing);
    const words = ['cgroup', verb, ...where];
    const answer =
      resources === undefined
        ? await run(words, '')
        : await run([...words, '--resources', '-'], JSON.stringify(resources));
    checkAnswer(answer, doing);
  };
  const act = (verb: string, target: CgroupTarget, doing: string, resources?: OciResources): Promise<void> =>
    ask(verb, ['--bundle', target.bundle], doing, resources);
  return {
    delegation,
    path,
    check: (resources, doing) => ask('check', ['--path', join(delegation.path ?? '', 'c')], doing, resources),
    freeze: (target, doing) => act('freeze', target, doing),
    thaw: (target, doing) => act('thaw', target, doing),
    update: (target, resources, doing) => act('update', target, doing, resources),
    remove: async (target) => {
      if (delegation.path !== undefined) await act('remove', target, `remove the cgroup of ${target.id}`);
    },
    isFrozen: async (id) => {
      const directory = path(id);
      if (directory === undefined) return false;
      const events = await readFile(join(mount, directory, 'cgroup.events'), 'utf8').catch(() => '');
      return /^frozen 1$/m.test(events);
    },
  };
}

/**
 * Takes the server's own cgroup away when nothing is left in it; what is busy or not this user's to remove stays. A scope of
 * the user's manager goes by itself.
 */
export async function removeOwnCgroup({ path }: Delegation, mount = CGROUP_MOUNT): Promise<void> {
  if (path === undefined) return;
  for (const directory of [join(mount, path, 'c'), join(mount, path)]) await rmdir(directory).catch(() => undefined);
}

/** Throws Unsupported with the reason when this server has no cgroups. */
export function requireDelegation(
  delegation: Delegation,
  doing: string,
  hint = 'Run `slipway doctor`: it names the command that changes this. Without limits, containers run.',
): void {
  if (delegation.path !== undefined) return;
  const reason = delegation.reason === '' ? 'no control group is delegated to this server' : delegation.reason;
  throw unsupported(`${doing}: ${reason}`, { hint });
}

/** A {@link RunRuntime} for the program itself. */
export function runtimeRunner(program: string): RunRuntime {
  return (words, input) =>
    new Promise((resolve, reject) => {
      const child = execFile(program, words, { cwd: '/', env: {} }, (error, stdout) => {
        if (error !== null && typeof error.code !== 'number')
          reject(launcherFailed(`run ${program}: ${error.message}`, { cause: error }));
        else resolve(stdout);
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
}

function checkAnswer(line: string, doing: string): void {
  const answer = parse(line);
  if (answer['status'] === 'ok') return;
  if (answer['status'] !== 'error') throw launcherFailed(`${doing}: slipway-runtime gave no answer`);
  throw failure(answer, doing);
}

function failure({ step, path, errno, message }: Record<string, unknown>, doing: string): EngineError {
  const where = typeof path === 'string' && path !== '' ? `${path}: ` : '';
  return launcherFailed(`${doing}: ${where}${String(message)}`, {
    detail: { step: String(step), path: typeof path === 'string' ? path : '', errno: Number(errno ?? 0) },
    hint: 'See `slipway doctor` for which limits this machine can keep.',
  });
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
