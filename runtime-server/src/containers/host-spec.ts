// From a container's options to what it may on this machine: capabilities, filter, devices, cgroup. Asks the machine through
// what it is given; the rules themselves are security.ts's and launcher's.

import { existsSync } from 'node:fs';
import type { HostOptions } from '../../protocol/host-options.ts';
import { ownCapabilities, resolveCapabilities } from '../launcher/capabilities.ts';
import { blockDevice, deviceBind, deviceRules, EVERY_DEVICE, hostDevices, mappedDevices } from '../launcher/devices.ts';
import type { OciResources, OciSeccomp } from '../launcher/oci-spec.ts';
import type { SeccompSource } from '../launcher/seccomp.ts';
import { IPC_FOLDERS, type HostSpec, type ProcessLimits } from '../launcher/spec-host.ts';
import { ociResources } from '../launcher/spec-resources.ts';
import { requireMachine, type Machine } from './machine.ts';
import { limitsOf } from './resources.ts';
import { parseSecurityOptions, selinuxLabel, type SecurityOptions } from './security.ts';

export interface MachineDeps extends Machine {
  readonly seccomp: SeccompSource;
}

/** What one start of the container may. Rejects with the reason when this machine can't keep an option. */
export async function hostSpec(
  deps: MachineDeps,
  options: HostOptions,
  container: { readonly id: string; readonly name: string },
): Promise<HostSpec> {
  const security = parseSecurityOptions(options.securityOpt ?? []);
  const privileged = options.privileged === true;
  const process = await hostProcess(options);
  const seccomp = await filter(deps.seccomp, security, privileged, process.capabilities);
  requireMachine(deps, options, container.name);
  const devices = (options.devices ?? []).flatMap(mappedDevices);
  const cgroupsPath = deps.cgroups.path(container.id);
  const rules = privileged ? EVERY_DEVICE : deviceRules(devices);
  const limits = ociResources(limitsOf(options), blockDevice);
  const resources = withRules(limits, deps.ownsMachine && cgroupsPath !== undefined ? rules : undefined);
  return {
    process,
    options,
    ownsMachine: deps.ownsMachine,
    unmasked: privileged || security.systemPathsUnconfined,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(options.ipcMode === 'host' ? { ipcFolders: IPC_FOLDERS.filter((path) => existsSync(path)) } : {}),
    ...(privileged ? { devices: hostDevices(!deps.ownsMachine) } : {}),
    deviceBinds: devices.map(deviceBind),
    ...(cgroupsPath === undefined ? {} : { cgroupsPath }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/** Device rules need a cgroup in the machine's own user namespace; elsewhere no node opens but those that are bound. */
function withRules(limits: OciResources | undefined, devices: OciResources['devices']): OciResources | undefined {
  return devices === undefined ? limits : { ...limits, devices };
}

/** What the container's processes may, its first and each exec; `privileged` for an exec alone. */
export async function hostProcess(options: HostOptions, privileged = false): Promise<ProcessLimits> {
  const security = parseSecurityOptions(options.securityOpt ?? []);
  const asked = privileged ? { privileged } : options;
  const selinux = selinuxLabel(security.labels);
  const { apparmor } = security;
  return {
    capabilities: resolveCapabilities(asked, needsAll(asked) ? await ownCapabilities() : []),
    noNewPrivileges: security.noNewPrivileges,
    ...(options.ulimits === undefined ? {} : { ulimits: options.ulimits }),
    ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
    ...(apparmor === undefined || apparmor === 'unconfined' || privileged ? {} : { apparmor }),
    ...(selinux === undefined ? {} : { selinux }),
  };
}

const needsAll = ({ privileged, capAdd = [] }: HostOptions): boolean =>
  privileged === true || capAdd.some((name) => /^(cap_)?all$/i.test(name));

async function filter(
  source: SeccompSource,
  { seccomp }: SecurityOptions,
  privileged: boolean,
  capabilities: readonly string[],
): Promise<OciSeccomp | undefined> {
  if (seccomp === 'unconfined' || (seccomp === undefined && privileged)) return undefined;
  return source(capabilities, seccomp === undefined || seccomp === 'builtin' ? undefined : seccomp);
}
