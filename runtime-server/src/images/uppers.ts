// What a container has above its image: the list of its changes, and all that it sees as an archive. Knows no container.

import type { LayerStore } from '../layers/store.ts';
import type { Packer } from '../layers/packer.ts';
import { raceAbort } from '../base/abort.ts';
import { printable } from '../base/validate.ts';
import { during } from './failure.ts';
import type { Above, Uppers } from './images.ts';

export interface UppersOptions {
  readonly packer: Packer;
  readonly layers: LayerStore;
}

export function createUppers({ packer, layers }: UppersOptions): Pick<Uppers, 'changes' | 'archive'> {
  const stacked = async ({ uppers, hide, diffIds }: Above): Promise<Parameters<Packer['changes']>[0]> => ({
    uppers,
    hide,
    lower: await layers.lowerDirs(diffIds),
  });
  return {
    changes: (above, take, signal) =>
      during(`compare ${printable(above.name)}`, async () => {
        for await (const change of packer.changes(await stacked(above), signal)) take(change);
      }),
    archive: (above, write, signal) =>
      during(`export ${printable(above.name)}`, async () =>
        raceAbort(write(packer.archive(await stacked(above), signal)), signal),
      ),
  };
}
