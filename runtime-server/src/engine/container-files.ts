// What is done with a container's files as a whole: docker's diff, export and commit. Containers know where they are, images what
// lies below them.

import type { Change, Committed } from '../../protocol/models.ts';
import { committedCommand, committedConfig } from '../containers/committed.ts';
import type { Containers } from '../containers/contract.ts';
import { whileHeld } from '../containers/held.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { Above, BytesWriter, Images } from '../images/images.ts';
import { applyConfigChanges } from '../oci/config-changes.ts';

export interface CommitOptions {
  /** The image's name; without one it has no tag. */
  readonly reference?: string | undefined;
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** Docker's `--change`: see oci/config-changes.ts. */
  readonly changes?: readonly string[] | undefined;
  /** Hold the container's processes meanwhile, where they can be held. */
  readonly pause: boolean;
}

/** `container`: name, id or unique prefix. Each ends with the reason when the signal aborts, and when the container is removed. */
export interface ContainerFileActions {
  /** What it has changed, directories before what is in them. */
  changes(container: string, signal: AbortSignal): Promise<readonly Change[]>;
  /** Everything it sees, but for its mounts, as a tar archive for `write`. */
  export(container: string, write: BytesWriter, signal: AbortSignal): Promise<void>;
  /** An image of it as it is now. */
  commit(container: string, options: CommitOptions, signal: AbortSignal): Promise<Committed>;
}

export interface ContainerFileDeps {
  readonly images: Pick<Images, 'uppers'>;
  readonly containers: Containers;
}

export function createContainerFiles(deps: ContainerFileDeps): ContainerFileActions {
  const { uppers } = deps.images;
  return {
    async changes(container, signal) {
      const found: Change[] = [];
      await reading(deps, deps.containers.get(container, 'diff'), signal, (above, either) =>
        uppers.changes(above, (change) => found.push(change), either),
      );
      return found;
    },
    export: (container, write, signal) =>
      reading(deps, deps.containers.get(container, 'export'), signal, (above, either) =>
        uppers.archive(above, write, either),
      ),
    commit: async (container, options, signal) => commit(deps, container, options, signal),
  };
}

function reading<T>(
  { containers }: ContainerFileDeps,
  { id, name, image }: ContainerRecord,
  signal: AbortSignal,
  work: (above: Above, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return containers.read(id, ({ uppers, hide }, removed) =>
    work({ name, uppers, hide, diffIds: image.diffIds }, AbortSignal.any([signal, removed])),
  );
}

async function commit(
  deps: ContainerFileDeps,
  container: string,
  { pause, changes = [], ...plan }: CommitOptions,
  signal: AbortSignal,
): Promise<Committed> {
  const { containers, images } = deps;
  const record = containers.get(container, 'commit');
  applyConfigChanges({}, changes); // before the container is held
  const make = (): Promise<Committed> =>
    reading(deps, record, signal, (above, either) =>
      images.uppers.commit(
        above,
        {
          ...plan,
          manifestDigest: record.image.manifestDigest,
          createdBy: (before) => committedCommand(record, before),
          config: (before) => applyConfigChanges(committedConfig(record, before), changes),
        },
        either,
      ),
    );
  return pause ? whileHeld(containers, record.id, make) : make();
}
