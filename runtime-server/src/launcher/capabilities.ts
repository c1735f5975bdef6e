// Names of capabilities and what --cap-add, --cap-drop and --privileged make of docker's defaults (moby `oci/caps`). Pure
// but for reading what this server has.

import { readFile } from 'node:fs/promises';
import { invalidArgument } from '../base/errors.ts';
import { quote } from '../base/validate.ts';

/** In the kernel's order: the index is the number (capability.h). */
export const CAPABILITIES: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Docker's default capabilities (moby `oci/caps/defaults.go`); inheritable and ambient stay empty (CVE-2022-24769). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP'],
  ...['NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'],
].map((name) => `CAP_${name}`);

export interface CapabilityRequest {
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly privileged?: boolean;
}

/** The capabilities of a container's processes. `all`: what this server can give. Throws InvalidArgument for an unknown name. */
export function resolveCapabilities(request: CapabilityRequest, all: readonly string[]): readonly string[] {
  const added = (request.capAdd ?? []).map((name) => normalized(name, 'CapAdd'));
  const dropped = (request.capDrop ?? []).map((name) => normalized(name, 'CapDrop'));
  const kept = (names: readonly string[]): readonly string[] => names.filter((name) => !dropped.includes(name));
  if (request.privileged === true) return all;
  if (added.includes('ALL')) return kept(all);
  if (dropped.includes('ALL')) return [...new Set(added)];
  return [...new Set([...kept(DEFAULT_CAPABILITIES), ...added])];
}

/** `CAP_NET_ADMIN` for `net_admin`; `ALL` for itself. */
function normalized(text: string, member: 'CapAdd' | 'CapDrop'): string {
  const upper = text.toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!CAPABILITIES.includes(name))
    throw invalidArgument(`change capabilities: invalid ${member}: unknown capability: ${quote(name)}`, {
      hint: 'See capabilities(7) for the names.',
    });
  return name;
}

/** The capabilities in this process's bounding set (proc_pid_status(5)): more than those it can't give. */
export async function ownCapabilities(): Promise<readonly string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const set = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.filter((_, number) => ((set >> BigInt(number)) & 1n) === 1n);
}
