// What this machine can and can't do for containers (`doctor`), read from the kernel and the file system, never guessed
// from a distribution's name. Knows no container.

import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorCheck, VersionInfo } from '../../protocol/models.ts';
import type { Delegation } from './cgroups.ts';
import { check, text } from './host-check.ts';
import { cgroups, seccomp, securityModules } from './host-limits.ts';

export interface HostFacts {
  readonly mode: VersionInfo['mode'];
  /** Why `mode` is not better, as the thin client found it. */
  readonly modeReason: string;
  readonly user: string;
  readonly kernelRelease: string;
  readonly dataDirectory: string;
  readonly binDirectory: string;
  readonly delegation: Delegation;
}

/** All checks, in the order in which a person should mend things. */
export async function checkHost(facts: HostFacts): Promise<DoctorCheck[]> {
  return Promise.all([
    userNamespaces(facts),
    appArmor(facts),
    subordinateIds(facts),
    kernel(facts),
    overlay(facts),
    cgroups(facts),
    seccomp(),
    securityModules(),
    tun(),
    programs(facts),
    storage(facts),
  ]);
}

async function userNamespaces(facts: HostFacts): Promise<DoctorCheck> {
  const title = 'User namespaces';
  if (facts.mode === 'root')
    return check('user-namespaces', title, { status: 'ok', detail: 'not needed: the server runs as root' });
  if (facts.mode !== 'none') return check('user-namespaces', title, { status: 'ok', detail: 'the server runs in one' });
  const [clone, maximum] = await Promise.all([
    text('/proc/sys/kernel/unprivileged_userns_clone'),
    text('/proc/sys/user/max_user_namespaces'),
  ]);
  const sysctl =
    clone === '0'
      ? 'kernel.unprivileged_userns_clone=1'
      : maximum === '0'
        ? 'user.max_user_namespaces=15000'
        : undefined;
  return check('user-namespaces', title, {
    status: 'missing',
    detail: `the kernel refuses them${facts.modeReason === '' ? '' : `: ${facts.modeReason}`}; no container can start`,
    fix:
      sysctl === undefined
        ? 'See the AppArmor line below, or ask who runs this machine to allow user namespaces.'
        : `sudo sysctl -w ${sysctl}`,
  });
}

/** Ubuntu 23.10 and later: unprivileged user namespaces lose their capabilities unless a profile allows them. */
async function appArmor(facts: HostFacts): Promise<DoctorCheck> {
  const title = 'AppArmor restriction of user namespaces';
  const restricted = await text('/proc/sys/kernel/apparmor_restrict_unprivileged_userns');
  if (restricted !== '1') return check('apparmor', title, { status: 'ok', detail: 'none' });
  if (facts.mode !== 'none')
    return check('apparmor', title, { status: 'ok', detail: 'on, and does not concern Slipway here' });
  return check('apparmor', title, {
    status: 'missing',
    detail: 'user namespaces of ordinary programs have no rights',
    fix: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (and the same line in /etc/sysctl.d/60-slipway.conf)',
  });
}

async function subordinateIds(facts: HostFacts): Promise<DoctorCheck> {
  const title = 'Subordinate user and group ids';
  switch (facts.mode) {
    case 'root':
      return check('subordinate-ids', title, { status: 'ok', detail: 'not needed: the server runs as root' });
    case 'rootless': {
      const ids = (await text('/proc/self/uid_map'))
        ?.split('\n')
        .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
      return check('subordinate-ids', title, { status: 'ok', detail: `${ids ?? 0} ids mapped` });
    }
    case 'single-id':
    case 'none':
      return check('subordinate-ids', title, {
        status: 'limited',
        detail: `one id only${facts.modeReason === '' ? '' : `: ${facts.modeReason}`}; everything in a container belongs to its root, and other users can't be chosen`,
        fix: `sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${facts.user}, then: slipway server stop`,
      });
  }
}

function kernel(facts: HostFacts): Promise<DoctorCheck> {
  const [major = 0, minor = 0] = facts.kernelRelease.split(/[.-]/).map(Number);
  const enough = major > 5 || (major === 5 && minor >= 12);
  return check(
    'kernel',
    'Kernel',
    enough
      ? { status: 'ok', detail: facts.kernelRelease }
      : {
          status: 'missing',
          detail: `${facts.kernelRelease}; 5.12 or newer is needed`,
          fix: 'Update the system, or on WSL run: wsl --update',
        },
  );
}

/** A module that is not loaded yet comes with the first mount (kernel, fs/filesystems.c: request_module "fs-overlay"). */
async function overlay(facts: HostFacts): Promise<DoctorCheck> {
  const title = 'overlayfs';
  const listed = (await text('/proc/filesystems'))?.split('\n').some((line) => line.endsWith('\toverlay')) ?? false;
  if (listed) return check('overlay', title, { status: 'ok', detail: 'in the kernel' });
  const modules = await text(join('/lib/modules', facts.kernelRelease, 'modules.dep'));
  if (modules !== undefined && /^kernel\/fs\/overlayfs\/overlay\.ko/m.test(modules))
    return check('overlay', title, { status: 'ok', detail: 'loaded with the first container' });
  return check('overlay', title, {
    status: 'missing',
    detail: 'neither in the kernel nor among its modules',
    fix: 'sudo modprobe overlay',
  });
}

async function tun(): Promise<DoctorCheck> {
  const usable = await access('/dev/net/tun', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return check(
    'tun',
    '/dev/net/tun (networks of ordinary users)',
    usable
      ? { status: 'ok', detail: 'usable' }
      : {
          status: 'limited',
          detail: 'not usable by this user',
          fix: 'sudo modprobe tun && sudo chmod 666 /dev/net/tun',
        },
  );
}

async function programs(facts: HostFacts): Promise<DoctorCheck> {
  const missing: string[] = [];
  for (const name of ['slipway-runtime', 'slipway-layer']) {
    await access(join(facts.binDirectory, name), constants.X_OK).catch(() => missing.push(name));
  }
  return check(
    'programs',
    'Native programs',
    missing.length === 0
      ? { status: 'ok', detail: facts.binDirectory }
      : {
          status: 'missing',
          detail: `${missing.join(', ')} can't be run from ${facts.binDirectory}`,
          fix: 'Reinstall the extension.',
        },
  );
}

const GIB = 1024 ** 3;

async function storage(facts: HostFacts): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(facts.dataDirectory);
  const free = bavail * bsize;
  const detail = `${(free / GIB).toFixed(1)} GiB free in ${facts.dataDirectory}`;
  return check(
    'storage',
    'Storage',
    free > GIB
      ? { status: 'ok', detail }
      : { status: 'limited', detail, fix: 'Free some space, for example with: slipway rmi' },
  );
}
