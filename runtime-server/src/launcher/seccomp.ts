// From a seccomp profile in Docker's format (conditions on capabilities, architectures, kernel) to the OCI form that holds
// for this machine. Pure but for reading the profile once. Compiling to BPF is the runtime's work.

import { readFile } from 'node:fs/promises';
import { invalidArgument } from '../base/errors.ts';
import type { OciSeccomp, OciSyscall } from './oci-spec.ts';

/** What a profile's conditions are compared with. */
export interface SeccompFacts {
  readonly capabilities: readonly string[];
  /** Node's `process.arch`. */
  readonly arch: string;
  /** `uname -r`. */
  readonly kernelRelease: string;
}

interface Conditions {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

export interface DockerProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[];
  readonly syscalls: readonly (OciSyscall & { readonly includes?: Conditions; readonly excludes?: Conditions })[];
}

/** Names of an architecture in Node, in Docker's profiles and in libseccomp. */
const ARCHITECTURES: Readonly<Record<string, { readonly docker: string; readonly scmp: string }>> = {
  x64: { docker: 'amd64', scmp: 'SCMP_ARCH_X86_64' },
  arm64: { docker: 'arm64', scmp: 'SCMP_ARCH_AARCH64' },
};

/** A function that reads and resolves the profile at `path` on its first call and answers from memory afterwards. */
export function seccompFromFile(path: string, facts: SeccompFacts): () => Promise<OciSeccomp> {
  let resolved: Promise<OciSeccomp> | undefined;
  const read = async (): Promise<OciSeccomp> =>
    resolveSeccomp(JSON.parse(await readFile(path, 'utf8')) as DockerProfile, facts);
  return () => {
    resolved ??= read().catch((error: unknown) => {
      resolved = undefined;
      throw error;
    });
    return resolved;
  };
}

/** The OCI form of `profile` for the given facts. Throws InvalidArgument on an architecture that Slipway does not know. */
export function resolveSeccomp(profile: DockerProfile, facts: SeccompFacts): OciSeccomp {
  const arch = ARCHITECTURES[facts.arch];
  if (arch === undefined) throw invalidArgument(`resolve seccomp profile: unknown architecture ${facts.arch}`);
  const subArchitectures = profile.archMap?.find((entry) => entry.architecture === arch.scmp)?.subArchitectures ?? [];
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [arch.scmp, ...subArchitectures],
    syscalls: profile.syscalls
      .filter((rule) => included(rule.includes, facts, arch.docker) && !excluded(rule.excludes, facts, arch.docker))
      .map(({ names, action, errnoRet, args }) => ({
        names,
        action,
        ...(errnoRet === undefined ? {} : { errnoRet }),
        ...(args === undefined || args.length === 0 ? {} : { args }),
      })),
  };
}

/** All conditions of `includes` must hold. */
function included(conditions: Conditions | undefined, facts: SeccompFacts, arch: string): boolean {
  if (conditions === undefined) return true;
  const { caps, arches, minKernel } = conditions;
  return (
    (caps === undefined || caps.every((name) => facts.capabilities.includes(name))) &&
    (arches === undefined || arches.includes(arch)) &&
    (minKernel === undefined || kernelAtLeast(facts.kernelRelease, minKernel))
  );
}

/** Any condition of `excludes` is enough. */
function excluded(conditions: Conditions | undefined, facts: SeccompFacts, arch: string): boolean {
  if (conditions === undefined) return false;
  const { caps, arches, minKernel } = conditions;
  return (
    (caps?.some((name) => facts.capabilities.includes(name)) ?? false) ||
    (arches?.includes(arch) ?? false) ||
    (minKernel !== undefined && kernelAtLeast(facts.kernelRelease, minKernel))
  );
}

function kernelAtLeast(release: string, minimum: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.-]/).slice(0, 2).map(Number);
  const [major = 0, minor = 0] = numbers(release);
  const [wantedMajor = 0, wantedMinor = 0] = numbers(minimum);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
