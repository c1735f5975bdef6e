// The options of docker's local driver (`--opt type= device= o=`, as mount(8) has them): what a container gets to see for such a
// volume. Pure.

import { posix } from 'node:path';
import { invalidArgument, unsupported } from '../base/errors.ts';
import { printable } from '../base/validate.ts';

export type VolumeOptions = Readonly<Record<string, string>>;

/** `folder`: the engine's own. `tmpfs`: a new one for each container. */
export type VolumeKind =
  | { readonly kind: 'folder' }
  | { readonly kind: 'bind'; readonly device: string; readonly readOnly: boolean; readonly recursive: boolean }
  | { readonly kind: 'tmpfs'; readonly options: string };

const KEYS = ['type', 'device', 'o'];
const FLAGS = new Set('ro rw exec noexec suid nosuid dev nodev relatime norelatime atime noatime'.split(' '));
const VALUES = /^(size|mode|uid|gid|nr_inodes|nr_blocks)=[^\s,]+$/;

/** Throws InvalidArgument for what makes no sense, Unsupported for file systems that only the machine's administrator can mount. */
export function volumeKind(options: VolumeOptions, doing: string): VolumeKind {
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw invalidArgument(`${doing}: invalid option: ${printable(unknown)}`);
  if (Object.keys(options).length === 0) return { kind: 'folder' };
  const { type = '', device = '' } = options;
  if (device === '') throw invalidArgument(`${doing}: missing required option: "device"`);
  const words = (options['o'] ?? '').split(',').filter((word) => word !== '');
  if (type === 'tmpfs') return tmpfs(words, doing);
  if (words.includes('bind') || words.includes('rbind') || type === 'bind') return bind(device, words, doing);
  throw unsupported(`${doing}: a volume of type ${printable(type)} can't be mounted here`, {
    hint: 'Mount it on the machine, and use type=none,o=bind,device=/path, or -v /path:/path. type=tmpfs works, too.',
  });
}

function tmpfs(words: readonly string[], doing: string): VolumeKind {
  const wrong = words.find((word) => !FLAGS.has(word) && !VALUES.test(word));
  if (wrong !== undefined) throw invalidArgument(`${doing}: invalid tmpfs option ${printable(wrong)}`);
  return { kind: 'tmpfs', options: words.join(',') };
}

function bind(device: string, words: readonly string[], doing: string): VolumeKind {
  if (!device.startsWith('/') || device.includes('\0'))
    throw invalidArgument(`${doing}: ${printable(device)} is not an absolute path`);
  const wrong = words.find((word) => !['bind', 'rbind', 'ro', 'rw'].includes(word));
  if (wrong !== undefined) throw invalidArgument(`${doing}: invalid bind option ${printable(wrong)}`);
  const readOnly = words.findLast((word) => word === 'ro' || word === 'rw') === 'ro';
  return { kind: 'bind', device: posix.normalize(device), readOnly, recursive: words.includes('rbind') };
}
