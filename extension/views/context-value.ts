// The one place where `viewItem` token lists are made. package.json tests single tokens with \b…\b.

import { type ContainerState } from '../../runtime-server/protocol/models.ts';

export interface ImageTokens {
  readonly inUse: boolean;
  readonly dangling: boolean;
}

export interface ContainerTokens {
  readonly state: ContainerState;
  readonly tty: boolean;
  readonly interactive: boolean;
}

/** `image`, `image inUse`, `image dangling`. */
export function imageContextValue({ inUse, dangling }: ImageTokens): string {
  return tokens('image', inUse && 'inUse', dangling && 'dangling');
}

/** `container running tty interactive`. */
export function containerContextValue({ state, tty, interactive }: ContainerTokens): string {
  return tokens('container', state, tty && 'tty', interactive && 'interactive');
}

/** `volume`, `volume inUse`. */
export function volumeContextValue({ inUse }: { readonly inUse: boolean }): string {
  return tokens('volume', inUse && 'inUse');
}

/** Every value that a row can have, for the test of package.json's clauses. */
export function everyContextValue(): readonly string[] {
  const flags = [false, true];
  const states = Object.keys(EVERY_STATE) as ContainerState[];
  return [
    ...flags.flatMap((inUse) => flags.map((dangling) => imageContextValue({ inUse, dangling }))),
    ...flags.map((inUse) => volumeContextValue({ inUse })),
    ...states.flatMap((state) =>
      flags.flatMap((tty) => flags.map((interactive) => containerContextValue({ state, tty, interactive }))),
    ),
  ];
}

const EVERY_STATE: Readonly<Record<ContainerState, true>> = {
  created: true,
  running: true,
  paused: true,
  restarting: true,
  removing: true,
  exited: true,
  dead: true,
};

function tokens(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(' ');
}
