// What the engine has, as candidates of a completion.

import type { ContainerState } from '../../../../protocol/models.ts';
import type { Engine } from '../../../engine/engine.ts';
import { familiar } from '../../../oci/reference.ts';
import { humanSize, printable, shortId } from '../format.ts';
import type { CompletionSources } from './complete.ts';

const LIVE: readonly ContainerState[] = ['running', 'paused', 'restarting'];

/** Command → the states in which it makes sense; all in others. */
const STATES: Readonly<Record<string, readonly ContainerState[]>> = {
  attach: ['running'],
  exec: ['running'],
  kill: LIVE,
  pause: ['running'],
  start: ['created', 'exited'],
  stop: LIVE,
  unpause: ['paused'],
  wait: LIVE,
};

/** IDs come once something is typed that begins one: names are what people know. */
const isId = (begun: string): boolean => /^(sha256:)?[0-9a-f]+$/.test(begun);

export function completionSources({ containers, images, volumes }: Engine): CompletionSources {
  return {
    containers: (command, begun) => {
      const states = Object.hasOwn(STATES, command) ? STATES[command] : undefined;
      const fitting = containers.list().filter(({ state }) => states?.includes(state) ?? true);
      return fitting.flatMap(({ id, name, image, status }) => {
        const description = printable(`${image}, ${status}`);
        const named = { text: name, description };
        return isId(begun) ? [named, { text: shortId(id), description: `${name}: ${description}` }] : [named];
      });
    },
    images: async (begun) =>
      (await images.list()).flatMap(({ id, references, size }) => {
        const names = references.map((reference) => familiar(reference));
        const description = `${shortId(id)}, ${humanSize(size)}`;
        const named = names.flatMap((name) => [name, name.replace(/:latest$/, '')]);
        const ids = isId(begun) || names.length === 0 ? [shortId(id)] : [];
        return [...named, ...ids].map((text) => ({ text, description }));
      }),
    volumes: async () =>
      (await volumes.list()).map((volume) => ({
        text: volume.name,
        description: volume.containers.length === 0 ? 'not used' : printable(volume.containers.join(', ')),
      })),
    snapshots: (begun) => {
      const names = new Map(containers.records().map(({ id, name }) => [id, name]));
      return containers.snapshots.list().flatMap(({ id, name, container }) => {
        const description = printable(names.get(container) ?? '');
        const ids = isId(begun) || name === undefined ? [shortId(id)] : [];
        return [...(name === undefined ? [] : [name]), ...ids].map((text) => ({ text, description }));
      });
    },
    removed: async () =>
      (await containers.removed.list()).map(({ summary: { name, image, status } }) => ({
        text: name,
        description: printable(`${image}, ${status}`),
      })),
    logins: async () => (await images.logins.list()).map((host) => ({ text: host })),
  };
}
