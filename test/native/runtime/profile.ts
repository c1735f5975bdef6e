// The capabilities and the seccomp profile of an ordinary container, in OCI form.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The fourteen of security.md. */
export const DEFAULT_CAPS =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

interface Condition {
  caps?: string[];
  arches?: string[];
  minKernel?: string;
}

interface ProfileRule {
  comment?: string;
  includes?: Condition;
  excludes?: Condition;
}

/** The default profile in OCI form, for the ordinary capabilities on an x86-64 or arm64 machine. */
export function defaultSeccomp(): object {
  const text = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'native/seccomp/default.json'), 'utf8');
  const profile = JSON.parse(text) as {
    defaultAction: string;
    defaultErrnoRet: number;
    archMap: object[];
    syscalls: ProfileRule[];
  };
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const holds = ({ caps = [], arches = [] }: Condition): boolean[] => [
    ...(caps.length > 0 ? [caps.some((cap) => DEFAULT_CAPS.includes(cap))] : []),
    ...(arches.length > 0 ? [arches.includes(arch)] : []),
  ];
  const syscalls = profile.syscalls
    .filter(({ includes = {}, excludes = {} }) => holds(includes).every(Boolean) && !holds(excludes).some(Boolean))
    .map((rule) =>
      Object.fromEntries(Object.entries(rule).filter(([key]) => !['comment', 'includes', 'excludes'].includes(key))),
    );
  const architectures =
    arch === 'amd64' ? ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] : ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'];
  return { defaultAction: profile.defaultAction, defaultErrnoRet: profile.defaultErrnoRet, architectures, syscalls };
}
