// The starter image that the package ships: imported once per version of it, so that a person who removed it is heard.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readIfExists, writeFileAtomic } from '../base/fs.ts';
import type { Logger } from '../base/log.ts';
import { STARTER_REFERENCE } from '../engine/engine.ts';
import type { Images } from '../images/images.ts';

/** Imports the image layout in `directory` unless this very one has been imported into `dataDirectory` before. */
export async function importStarter(
  images: Pick<Images, 'importLayout'>,
  directory: string,
  dataDirectory: string,
  log: Logger,
): Promise<void> {
  const index = await readIfExists(join(directory, 'index.json'));
  if (index === undefined) return;
  const version = createHash('sha256').update(index).digest('hex');
  const marker = join(dataDirectory, 'starter');
  if ((await readIfExists(marker))?.toString() === version) return;
  try {
    await images.importLayout(directory, STARTER_REFERENCE);
    await writeFileAtomic(marker, version);
  } catch (error) {
    log.error('import the starter image', error);
  }
}
