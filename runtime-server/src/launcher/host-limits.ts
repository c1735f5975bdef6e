// What `doctor` says of limits and of the kernel's security modules: read from the kernel and from what the thin client found.

import { join } from 'node:path';
import type { DoctorCheck, VersionInfo } from '../../protocol/models.ts';
import { CGROUP_MOUNT, type Delegation } from './cgroups.ts';
import { check, text } from './host-check.ts';

export interface LimitFacts {
  readonly mode: VersionInfo['mode'];
  readonly user: string;
  readonly delegation: Delegation;
  /** Where cgroup v2 is mounted; another only in tests. */
  readonly cgroupMount?: string;
}

const WANTED = ['cpu', 'cpuset', 'io', 'memory', 'pids'];
const DELEGATE = '/etc/systemd/system/user@.service.d/delegate.conf';

/** Limits need a place in cgroup v2, and in it the controllers (cgroups(7), "Delegation"). */
export async function cgroups(facts: LimitFacts): Promise<DoctorCheck> {
  const title = 'Control groups (limits for memory, cpus, processes)';
  const { path, reason } = facts.delegation;
  if (path === undefined) {
    return check('cgroups', title, {
      status: 'limited',
      detail: `${reason === '' ? 'nothing is delegated' : reason}; containers run without limits and can't be paused`,
      fix: await delegationFix(facts),
    });
  }
  const controllers = ((await text(join(facts.cgroupMount ?? CGROUP_MOUNT, path, 'cgroup.controllers'))) ?? '')
    .split(' ')
    .filter((name) => name !== '');
  const missing = WANTED.filter((name) => !controllers.includes(name));
  if (missing.length === 0)
    return check('cgroups', title, { status: 'ok', detail: `${path}: ${controllers.join(' ')}` });
  const has = controllers.length === 0 ? 'no controllers' : controllers.join(' ');
  return check('cgroups', title, {
    status: 'limited',
    detail: `${path} has ${has}; limits that need ${missing.join(', ')} are refused`,
    fix:
      facts.mode === 'root'
        ? 'The enclosing system must hand these controllers on (cgroup.subtree_control), and cgroup v1 must not hold them.'
        : `Write into ${DELEGATE}: [Service] and, on the next line, Delegate=${WANTED.join(' ')}; then: sudo systemctl daemon-reload, and log in again`,
  });
}

async function delegationFix({ mode, user, cgroupMount = CGROUP_MOUNT }: LimitFacts): Promise<string> {
  const unified = await text(join(cgroupMount, 'cgroup.controllers'));
  if (unified === undefined)
    return 'Boot with systemd.unified_cgroup_hierarchy=1, so that the machine uses cgroup v2 alone';
  return mode === 'root'
    ? 'Give the enclosing container or service write access to its cgroup.'
    : `sudo loginctl enable-linger ${user}, log in again, then: slipway server stop`;
}

/** The default filter of every container (seccomp(2)). */
export async function seccomp(): Promise<DoctorCheck> {
  const actions = await text('/proc/sys/kernel/seccomp/actions_avail');
  return check(
    'seccomp',
    'seccomp',
    actions === undefined
      ? {
          status: 'missing',
          detail: 'the kernel has no filters; no container with one can start',
          fix: 'Use a kernel with CONFIG_SECCOMP_FILTER, or --security-opt seccomp=unconfined for what you trust.',
        }
      : { status: 'ok', detail: actions },
  );
}

/** Of use where they are; containers are safe without them. */
export async function securityModules(): Promise<DoctorCheck> {
  const [appArmor, seLinux] = await Promise.all([
    text('/sys/module/apparmor/parameters/enabled'),
    text('/sys/fs/selinux/enforce'),
  ]);
  const found = [
    ...(appArmor === 'Y' ? ['AppArmor (--security-opt apparmor=PROFILE)'] : []),
    ...(seLinux === undefined
      ? []
      : [`SELinux, ${seLinux === '1' ? 'enforcing' : 'permissive'} (--security-opt label=…)`]),
  ];
  const detail = found.length === 0 ? 'neither is on; containers do not need them' : found.join(', ');
  return check('security-modules', 'AppArmor and SELinux', { status: 'ok', detail });
}
