// `--cidfile`: the file that gets a new container's id. Taken before the container is made: what can't be written
// is known in time.

import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { conflict, isErrno, toEngineError } from '../../base/errors.ts';

export interface CidFile {
  write(id: string): Promise<void>;
  /** There is no container: there shall be no file. */
  drop(): Promise<void>;
}

/** Makes the file, empty. Throws Conflict when it is there already. */
export async function openCidFile(directory: string, name: string): Promise<CidFile> {
  const path = resolve(directory, name);
  const file = await open(path, 'wx').catch((cause: unknown) => {
    if (!isErrno(cause, 'EEXIST')) throw toEngineError(cause, `write ${path}`);
    throw conflict(`write ${path}: container ID file found`, {
      cause,
      hint: `Make sure the other container isn't running, or delete ${path}.`,
    });
  });
  const drop = async (): Promise<void> => {
    await file.close();
    await rm(path, { force: true });
  };
  return {
    drop,
    write: async (id) => {
      try {
        await file.writeFile(id);
      } catch (cause) {
        await drop();
        throw toEngineError(cause, `write ${path}`);
      }
      await file.close();
    },
  };
}
