// The syntax of `-v`: what is mounted, where, how (moby, volume/mounts/linux_parser.go). Pure; whether it exists is asked later.

import { posix } from 'node:path';
import type { Propagation } from '../../protocol/mounts.ts';
import { invalidArgument, type EngineError } from '../base/errors.ts';
import { parseVolumeName } from '../volumes/names.ts';

export const PROPAGATIONS: readonly Propagation[] = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** `source` absent: an anonymous volume; with a leading slash: a path of the machine; else a volume's name. */
export interface VolumeText {
  readonly source?: string;
  readonly destination: string;
  /** What stands behind the second colon. */
  readonly mode: string;
  readonly readOnly: boolean;
  readonly noCopy: boolean;
  readonly propagation?: Propagation;
}

/** Parses `[SOURCE:]/container[:OPTIONS]`. Throws InvalidArgument in docker's words. */
export function parseVolume(text: string): VolumeText {
  const [first = '', second, mode = '', ...more] = text.split(':');
  const hasMode = text.split(':').length > 2;
  if (first === '' || second === '' || more.length > 0 || (hasMode && mode === '')) throw wrong(text);
  const destination = mountTarget(second ?? first, text);
  if (second === undefined) return { destination, mode, readOnly: false, noCopy: false };
  const source = first.startsWith('/') ? posix.normalize(first) : parseVolumeName(first, `mount ${text}: use volume`);
  return { source, destination, mode, ...parseMode(text, mode, !source.startsWith('/')) };
}

/** A path in a container to mount at. Throws InvalidArgument. */
export function mountTarget(path: string, text: string): string {
  if (!path.startsWith('/') || path.includes('\0'))
    throw wrong(text, `invalid mount path: '${path}' mount path must be absolute`);
  const target = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (target === '/') throw wrong(text, "invalid specification: destination can't be '/'");
  return target;
}

type Mode = Pick<VolumeText, 'readOnly' | 'noCopy' | 'propagation'>;

/** Kinds of options of which there may be one each; SELinux's labels and macOS's consistency change nothing here. */
const KINDS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['nocopy'],
  ['consistent', 'cached', 'delegated', 'default'],
  PROPAGATIONS,
];

function parseMode(text: string, mode: string, isVolume: boolean): Mode {
  const words = mode === '' ? [] : mode.split(',');
  const used = words.map((word) => KINDS.findIndex((kind) => kind.includes(word)));
  if (used.includes(-1) || new Set(used).size < used.length) throw wrong(text, `invalid mode: ${mode}`);
  const propagation = PROPAGATIONS.find((name) => words.includes(name));
  if (isVolume && propagation !== undefined) throw wrong(text, `invalid mode: ${mode}`);
  const plain = { readOnly: words.includes('ro'), noCopy: words.includes('nocopy') };
  return propagation === undefined ? plain : { ...plain, propagation };
}

function wrong(text: string, reason = `invalid volume specification: '${text}'`): EngineError {
  return invalidArgument(`mount ${text}: ${reason}`, { hint: 'The form is [/host/path|VOLUME:]/container/path[:ro]' });
}
