// Platforms: os, architecture and variant; parsing, the host's, and which of several offers fits best. Pure.

import { invalidArgument } from '../base/errors.ts';
import { compact, member, optional, quote, string, type Field } from '../base/validate.ts';

/** Normalised: `linux`, `arm64` (never `aarch64`), and a variant only where it says something (`arm` `v7`). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const ARCHITECTURES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  x64: ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  i486: ['386'],
  i586: ['386'],
  i686: ['386'],
  x86: ['386'],
  ia32: ['386'],
  ppc64el: ['ppc64le'],
  loongarch64: ['loong64'],
};
const PART = /^[a-z0-9_][a-z0-9_.-]*$/;

/** `linux/arm64/v8`, `arm64` or `linux` (the rest from `host`), any common spelling. `verb` begins the error's text. */
export function parsePlatform(text: string, host: Platform, verb = 'parse platform'): Platform {
  const parts = text.trim().toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !PART.test(part))) {
    throw invalidArgument(`${verb} ${quote(text)}: expected os/architecture[/variant]`, {
      hint: 'Write it like `linux/amd64` or `linux/arm/v7`.',
    });
  }
  const [first = '', second, variant] = parts;
  if (second === undefined) {
    return isSystem(first) ? { ...host, os: first } : normalize({ os: host.os, architecture: first });
  }
  return normalize(compact({ os: first, architecture: second, variant }));
}

/** The common spelling of each part; variants that are the default of their architecture are dropped. */
export function normalize(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const given = platform.architecture.toLowerCase();
  const [architecture, implied] = Object.hasOwn(ARCHITECTURES, given) ? (ARCHITECTURES[given] ?? [given]) : [given];
  const variant = normalizeVariant(architecture, platform.variant?.toLowerCase() || implied);
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function normalizeVariant(architecture: string, variant: string | undefined): string | undefined {
  const full = variant !== undefined && /^\d/.test(variant) ? `v${variant}` : variant;
  if (architecture === 'arm') return full ?? 'v7';
  if (architecture === 'arm64') return full === 'v8' || full === 'v8.0' ? undefined : full;
  if (architecture === 'amd64') return full === 'v1' ? undefined : full;
  return full;
}

/** The `platform` object of an index's descriptor or the same members of an image config. */
export function platformField(field: Field): Platform {
  return normalize(
    compact({
      os: optional(member(field, 'os'), string) ?? 'linux',
      architecture: optional(member(field, 'architecture'), string) ?? '',
      variant: optional(member(field, 'variant'), string),
    }),
  );
}

/** This machine, from Node's name of its architecture (`process.arch`). */
export function hostPlatform(arch: string, endianness: 'LE' | 'BE' = 'LE'): Platform {
  return normalize({ os: 'linux', architecture: arch === 'ppc64' && endianness === 'LE' ? 'ppc64le' : arch });
}

/** `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/');
}

/** True when something made for `offered` runs on `wanted`. */
export function runsOn(offered: Platform, wanted: Platform): boolean {
  return preference(wanted).some((platform) => same(platform, offered));
}

/** The index of the offer that fits `wanted` best; undefined when none runs on it. The first of equals wins. */
export function bestMatch(offers: readonly (Platform | undefined)[], wanted: Platform): number | undefined {
  for (const platform of preference(wanted)) {
    const found = offers.findIndex((offer) => offer !== undefined && same(platform, offer));
    if (found !== -1) return found;
  }
  return undefined;
}

export function same(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture && a.variant === b.variant;
}

// What runs on a platform, best first: its own variant, then lower ones, then the 32-bit sibling that its kernel runs.
function preference(wanted: Platform): readonly Platform[] {
  const { os, architecture, variant } = wanted;
  const of = (name: string, variants: readonly (string | undefined)[]): Platform[] =>
    variants.map((item) => normalize(compact({ os, architecture: name, variant: item })));
  const level = Number(/^v(\d)/.exec(variant ?? '')?.[1] ?? 0);
  switch (architecture) {
    case 'amd64':
      return [...of('amd64', [variant, ...down(level - 1, 2), undefined]), ...of('386', [undefined])];
    case 'arm':
      return of('arm', [variant, ...down(level - 1, 5)]);
    case 'arm64':
      return [...of('arm64', [variant, ...down(level - 1, 9), undefined]), ...of('arm', down(8, 5))];
    default:
      return variant === undefined ? [wanted] : [wanted, { os, architecture }];
  }
}

function down(from: number, to: number): readonly string[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => `v${from - index}`);
}

function isSystem(name: string): boolean {
  return ['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'android', 'wasi'].includes(name);
}
