// From a seccomp profile in Docker's format (conditions on capabilities, architectures, kernel) to the OCI form that holds
// for this machine (moby `profiles/seccomp`). Pure but for reading the default once. Compiling to BPF is the runtime's work.

import { readFile } from 'node:fs/promises';
import { invalidArgument, type EngineError } from '../base/errors.ts';
import { array, count, has, member, optional, record, root, string, type Field } from '../base/validate.ts';
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

type Rule = Omit<OciSyscall, 'names'> & {
  readonly names?: readonly string[];
  /** The older form of `names`. */
  readonly name?: string;
  readonly includes?: Conditions;
  readonly excludes?: Conditions;
};

export interface DockerProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[];
  readonly flags?: readonly string[];
  readonly syscalls: readonly Rule[];
}

/** The filter for processes with these capabilities; `profile` is JSON in place of the default. */
export type SeccompSource = (capabilities: readonly string[], profile?: string) => Promise<OciSeccomp | undefined>;

/** Names of an architecture in Node, in Docker's profiles and in libseccomp. */
const ARCHITECTURES: Readonly<Record<string, { readonly docker: string; readonly scmp: string }>> = {
  x64: { docker: 'amd64', scmp: 'SCMP_ARCH_X86_64' },
  arm64: { docker: 'arm64', scmp: 'SCMP_ARCH_AARCH64' },
};

/** The default profile lies at `path`: read at the first call, and resolved once for each set of capabilities. */
export function seccompFromFile(path: string, facts: Omit<SeccompFacts, 'capabilities'>): SeccompSource {
  let read: Promise<DockerProfile> | undefined;
  const resolved = new Map<string, OciSeccomp>();
  const readDefault = async (): Promise<DockerProfile> => {
    read ??= readFile(path, 'utf8').then((text) => JSON.parse(text) as DockerProfile);
    try {
      return await read;
    } catch (error) {
      read = undefined;
      throw error;
    }
  };
  return async (capabilities, profile) => {
    if (profile !== undefined) return resolveProfile(profile, { ...facts, capabilities });
    const key = capabilities.join();
    const found = resolved.get(key) ?? resolveSeccomp(await readDefault(), { ...facts, capabilities });
    resolved.set(key, found);
    return found;
  };
}

/** A person's own profile; undefined when it says nothing, which docker takes for no filter. */
function resolveProfile(text: string, facts: SeccompFacts): OciSeccomp | undefined {
  const profile = parseProfile(text);
  return profile.defaultAction === '' && profile.syscalls.length === 0 ? undefined : resolveSeccomp(profile, facts);
}

/** Throws InvalidArgument for a text that is no profile. */
export function checkSeccompProfile(text: string): void {
  parseProfile(text);
}

function parseProfile(text: string): DockerProfile {
  let value: unknown;
  try {
    value = JSON.parse(text, keepLargeNumbers);
  } catch (cause) {
    throw wrong('decoding seccomp profile failed: not JSON', cause);
  }
  const field = root(value);
  const optionalStrings = (of: Field, name: string): readonly string[] | undefined =>
    optional(member(of, name), (list) => array(list, string));
  optionalStrings(field, 'architectures');
  optionalStrings(field, 'flags');
  optional(member(field, 'archMap'), (list) =>
    array(list, (item) => [string(member(item, 'architecture')), optionalStrings(item, 'subArchitectures')]),
  );
  optional(member(field, 'syscalls'), (list) => array(list, checkRule));
  const profile = value as Partial<DockerProfile>;
  if ((profile.architectures?.length ?? 0) > 0 && (profile.archMap?.length ?? 0) > 0)
    throw wrong(
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  return {
    ...profile,
    defaultAction: optional(member(field, 'defaultAction'), string) ?? '',
    syscalls: profile.syscalls ?? [],
  };
}

function checkRule(field: Field): void {
  const names = optional(member(field, 'names'), (list) => array(list, string)) ?? [];
  const name = optional(member(field, 'name'), string) ?? '';
  if (name !== '' && names.length > 0)
    throw wrong("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
  string(member(field, 'action'));
  optional(member(field, 'errnoRet'), count);
  optional(member(field, 'args'), (list) =>
    array(list, (item) => [count(member(item, 'index')), string(member(item, 'op'))]),
  );
  for (const side of ['includes', 'excludes']) optional(member(field, side), checkConditions);
}

function checkConditions(field: Field): void {
  for (const name of ['caps', 'arches']) optional(member(field, name), (list) => array(list, string));
  const minimum = has(field, 'minKernel') ? member(field, 'minKernel') : undefined;
  if (minimum !== undefined && !/^\d{1,4}\.\d{1,4}$/.test(string(minimum)))
    throw wrong(`invalid kernel version: ${string(minimum)}`);
  record(field, (item) => item);
}

const wrong = (reason: string, cause?: unknown): EngineError =>
  invalidArgument(`read seccomp profile: ${reason}`, { cause });

/** A comparison may be with 2⁶⁴-1, which no double holds: such a number goes through as it was written. */
function keepLargeNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return rawNumber(context.source);
}

/** A number of JSON that keeps all its digits (ECMAScript `JSON.rawJSON`). */
export function rawNumber(digits: string): number {
  return (JSON as unknown as { rawJSON(text: string): number }).rawJSON(digits);
}

/** The OCI form of `profile` for the given facts. Throws InvalidArgument on an architecture that Slipway does not know. */
export function resolveSeccomp(profile: DockerProfile, facts: SeccompFacts): OciSeccomp {
  const arch = ARCHITECTURES[facts.arch];
  if (arch === undefined) throw invalidArgument(`resolve seccomp profile: unknown architecture ${facts.arch}`);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architectures(profile, arch.scmp),
    ...(profile.flags === undefined || profile.flags.length === 0 ? {} : { flags: profile.flags }),
    syscalls: profile.syscalls
      .filter((rule) => included(rule.includes, facts, arch.docker) && !excluded(rule.excludes, facts, arch.docker))
      .map(({ name = '', names = [], action, errnoRet, args }) => ({
        names: name === '' ? names : [name],
        action,
        ...(errnoRet === undefined ? {} : { errnoRet }),
        ...(args === undefined || args.length === 0 ? {} : { args }),
      })),
  };
}

/** `archMap` names this machine's architecture and what else it can run; without either, the machine's own is meant. */
function architectures(profile: DockerProfile, own: string): readonly string[] {
  if ((profile.archMap?.length ?? 0) === 0) return profile.architectures ?? [];
  const found = profile.archMap?.find((entry) => entry.architecture === own);
  return [own, ...(found?.subArchitectures ?? [])];
}

/** All conditions of `includes` must hold. */
function included(conditions: Conditions | undefined, facts: SeccompFacts, arch: string): boolean {
  if (conditions === undefined) return true;
  const { caps, arches, minKernel } = conditions;
  return (
    (caps?.every((name) => facts.capabilities.includes(name)) ?? true) &&
    (arches === undefined || arches.length === 0 || arches.includes(arch)) &&
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
