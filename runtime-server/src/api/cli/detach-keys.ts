// `--detach-keys`: docker's words for the keys that leave a container to itself (moby/term, ascii.go). Pure.

import { invalidArgument } from '../../base/errors.ts';
import type { OptionSpec, ParsedOptions } from './options.ts';

export const DETACH_KEYS: OptionSpec = {
  long: 'detach-keys',
  kind: 'value',
  placeholder: 'KEYS',
  help: 'The keys to detach (default ctrl-p,ctrl-q)',
};

/** DETACH_KEYS_MAX of native/src/client/detach_keys.h. */
const MOST = 32;

/** From Ctrl-@, which is 0, on. */
const CONTROLS = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/** What the client is told of them; nothing where they are not asked for. Throws InvalidArgument. */
export function detachKeys(options: ParsedOptions): { readonly detachKeys?: string } {
  const text = options.value('detach-keys') ?? '';
  if (text === '') return {};
  const bytes = text.split(',').map((key) => byteOf(key) ?? -1);
  if (bytes.includes(-1) || bytes.length > MOST)
    throw invalidArgument(`invalid detach keys (${text}) provided`, {
      hint: 'Keys are letters, or ctrl- and one of a-z @ [ \\ ] ^ _, with commas between them: ctrl-x,x',
    });
  return { detachKeys: Buffer.from(bytes).toString('hex') };
}

function byteOf(key: string): number | undefined {
  if (key === 'DEL') return 127;
  if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
  const control = /^ctrl-(.)$/.exec(key)?.[1] ?? '?';
  const code = CONTROLS.indexOf(control);
  return code < 0 ? undefined : code;
}
