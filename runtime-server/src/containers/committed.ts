// The `config` of an image that is made of a container (docker commit): the one of its image with what the container was created
// with. Pure.

import { array, compact, has, member, object, optional, root, string } from '../base/validate.ts';
import type { ContainerRecord } from './record.ts';

type ConfigObject = Readonly<Record<string, unknown>>;

/** `before`: the `config` member of the container's image, as it is written. What a container has no say in stays. */
export function committedConfig({ config }: ContainerRecord, before: ConfigObject): ConfigObject {
  const fields = root(before);
  const entry = entryPointOf(config, before);
  const volumes = { ...optional(member(fields, 'Volumes'), object), ...anonymousVolumes(config) };
  const labels = { ...optional(member(fields, 'Labels'), object), ...config.labels };
  return compact({
    ...before,
    User: config.user === '' ? undefined : config.user,
    Env: config.env,
    Entrypoint: orNone(config.args.slice(0, entry)),
    Cmd: orNone(config.args.slice(entry)),
    WorkingDir: config.workdir === '/' && !has(fields, 'WorkingDir') ? undefined : config.workdir,
    Volumes: Object.keys(volumes).length === 0 ? undefined : volumes,
    Labels: Object.keys(labels).length === 0 ? undefined : labels,
  });
}

/** `-v /path`, which docker keeps with the image, too. */
const anonymousVolumes = ({ volumes }: ContainerRecord['config']): ConfigObject =>
  Object.fromEntries(volumes.filter((text) => !text.includes(':')).map((path) => [path, {}]));

/** What the history says that the container ran: its command without the entry point, as docker has it. */
export function committedCommand({ config }: ContainerRecord, before: ConfigObject): string {
  return config.args.slice(entryPointOf(config, before)).join(' ');
}

// A record that does not say: the image's own, when the arguments begin with it.
function entryPointOf({ args, entrypoint }: ContainerRecord['config'], before: ConfigObject): number {
  if (entrypoint !== undefined) return entrypoint;
  const value = member(root(before), 'Entrypoint');
  const own =
    typeof value.value === 'string' ? [value.value] : (optional(value, (field) => array(field, string)) ?? []);
  return own.every((word, index) => args[index] === word) ? own.length : 0;
}

const orNone = (words: readonly string[]): readonly string[] | undefined => (words.length === 0 ? undefined : words);
