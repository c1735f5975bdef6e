// The options that only some machines can keep: asked before anything of a container is made, and again at each start.

import type { HostOptions } from '../../protocol/host-options.ts';
import { unsupported } from '../base/errors.ts';
import { requireDelegation, type Cgroups } from '../launcher/cgroups.ts';
import { blockDevice } from '../launcher/devices.ts';
import { ociResources } from '../launcher/spec-resources.ts';
import { limitsOf } from './resources.ts';

export interface Machine {
  readonly cgroups: Cgroups;
  /** False in a user namespace. */
  readonly ownsMachine: boolean;
}

/** Throws Unsupported with the reason for an option that this machine can't keep; `limited`: whose limits. */
export function requireMachine({ cgroups, ownsMachine }: Machine, options: HostOptions, limited: string): void {
  const { delegation } = cgroups;
  if (Object.keys(limitsOf(options)).length > 0) requireDelegation(delegation, `limit ${limited}`);
  // Its children outlive the first process, and nothing else would find all of them.
  if (options.pidMode === 'host')
    requireDelegation(
      delegation,
      "share the host's PID namespace",
      'Only a control group ends every process of such a container: see `slipway doctor`.',
    );
  for (const { pathOnHost, permissions } of options.devices ?? []) {
    // What mknod makes opens nowhere but by a rule, so a missing `m` is kept by itself.
    if (permissions.includes('r') && permissions.includes('w')) continue;
    const doing = `add device ${pathOnHost}: permissions ${permissions} can't be kept`;
    const hint = 'A device is given whole here: say rwm, or nothing.';
    if (!ownsMachine) throw unsupported(`${doing}: a user namespace has no device rules`, { hint });
    requireDelegation(delegation, doing, hint);
  }
}

/** {@link requireMachine} for a container that is yet to be made: also asks whether the controllers of its limits are there. */
export async function checkMachine(machine: Machine, options: HostOptions): Promise<void> {
  requireMachine(machine, options, 'container');
  const resources = ociResources(limitsOf(options), blockDevice);
  if (resources !== undefined) await machine.cgroups.check(resources, 'limit container');
}
