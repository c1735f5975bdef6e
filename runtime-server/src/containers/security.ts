// The strings of --security-opt (moby daemon `parseSecurityOpt`, docker/cli `parseSecurityOpts`). Pure; a profile comes as
// its JSON text, read by whoever was given a file's name.

import { invalidArgument } from '../base/errors.ts';
import { quote } from '../base/validate.ts';
import { checkSeccompProfile } from '../launcher/seccomp.ts';

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** `unconfined`, `builtin`, or a profile's JSON; absent: not asked for. */
  readonly seccomp?: string;
  /** Name of a profile the kernel has; absent: not asked for. */
  readonly apparmor?: string;
  /** What is asked of SELinux's label, in order: `disable`, `type:container_t`, … */
  readonly labels: readonly string[];
  /** /proc and /sys as the kernel makes them. */
  readonly systemPathsUnconfined: boolean;
}

/** Later options win, as in docker. Throws InvalidArgument. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  return options.reduce(take, { noNewPrivileges: false, labels: [], systemPathsUnconfined: false });
}

function take(found: SecurityOptions, option: string): SecurityOptions {
  if (option === 'no-new-privileges') return { ...found, noNewPrivileges: true };
  const [key, value] = split(option);
  switch (key) {
    case 'no-new-privileges':
      if (value === 'true' || value === 'false') return { ...found, noNewPrivileges: value === 'true' };
      break;
    case 'seccomp':
      if (value !== 'unconfined' && value !== 'builtin') checkSeccompProfile(value);
      return { ...found, seccomp: value };
    case 'apparmor':
      if (!/^\S+$/.test(value)) break;
      return { ...found, apparmor: value };
    case 'label':
      if (!/^(disable|(user|role|type|level|filetype):[\w:,.-]+)$/.test(value)) break;
      return { ...found, labels: [...found.labels, value] };
    case 'systempaths':
      if (value === 'unconfined') return { ...found, systemPathsUnconfined: true };
      break;
  }
  throw invalidArgument(`use security option: invalid --security-opt: ${quote(option)}`);
}

/** At `=`, or at the older `:`. */
export function split(option: string): readonly [string, string] {
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}

/** The label of a process on a machine with SELinux; undefined when nothing is asked for, or when it is to have none. */
export function selinuxLabel(labels: readonly string[]): string | undefined {
  if (labels.length === 0 || labels.includes('disable')) return undefined;
  const parts = { user: 'system_u', role: 'system_r', type: 'container_t', level: 's0' };
  for (const label of labels) {
    const at = label.indexOf(':');
    const key = label.slice(0, at);
    if (key in parts) parts[key as keyof typeof parts] = label.slice(at + 1);
  }
  return `${parts.user}:${parts.role}:${parts.type}:${parts.level}`;
}
