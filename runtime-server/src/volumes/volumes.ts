// The volumes on disk, `<data>/volumes/<name>/{data/,volume.json}`: whole creation, removal through the trash. There is no list but
// the folder. Who uses a volume is told by who asks; no container is known here.

import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeAction } from '../../protocol/events.ts';
import type { VolumeRequest } from '../../protocol/mounts.ts';
import { conflict, dataLoss, invalidArgument, isErrno, notFound, toEngineError } from '../base/errors.ts';
import { exists, listNames, moveDirectoryNoReplace, syncDirectory, writeNewFile } from '../base/fs.ts';
import type { Logger } from '../base/log.ts';
import { createKeyedMutex } from '../base/mutex.ts';
import { printable } from '../base/validate.ts';
import type { Workspace } from '../base/workspace.ts';
import { ANONYMOUS_LABEL, anonymousName, isVolumeName, parseVolumeName } from './names.ts';
import { volumeKind, type VolumeKind } from './options.ts';
import { DRIVER, parseVolumeRecord, type VolumeRecord } from './record.ts';

export interface Made {
  readonly record: VolumeRecord;
  /** It was not there before. */
  readonly isNew: boolean;
}

export interface ProvideOptions {
  /** It goes with a container that goes with its end: nothing of it waits for the disk. */
  readonly brief?: boolean;
}

/** Ids of the containers that have it. Asked at the moment when nothing can come in between. */
export type VolumeUsers = (name: string) => readonly string[];

export interface Volumes {
  /** Sorted by name. */
  list(): Promise<readonly VolumeRecord[]>;
  /** Rejects with NotFound, InvalidArgument for what is no name. */
  get(name: string): Promise<VolumeRecord>;
  /** Makes it unless it is there, complete or not at all. Rejects with InvalidArgument or Unsupported for its options. */
  provide(request: VolumeRequest, options?: ProvideOptions): Promise<Made>;
  /** What a container sees of it. Rejects with NotFound; with DataLoss when its record can't be read. */
  kind(name: string): Promise<VolumeKind>;
  /** Absolute path of its files. */
  path(name: string): string;
  /**
   * It vanishes at once; its bytes are freed in the background, or its folder is moved to the path `keep`. Rejects with NotFound, with
   * Conflict while somebody uses it.
   */
  remove(name: string, users: VolumeUsers, keep?: string): Promise<VolumeRecord>;
  /** Puts a folder that was kept back, unless there is another volume of that name now: then it goes for good. */
  bringBack(name: string, kept: string): Promise<void>;
  /** Tells that a container uses it, or not any more. */
  tell: VolumeListener;
}

export interface VolumesDeps {
  readonly dataDirectory: string;
  readonly workspace: Pick<Workspace, 'temporary' | 'discard'>;
  readonly log: Logger;
  readonly now: () => Date;
  /** Told after each. */
  readonly onChange: VolumeListener;
}

/** `made`: the new volume of `create`. */
export type VolumeListener = (
  action: VolumeAction,
  name: string,
  attributes: Readonly<Record<string, string>>,
  made?: VolumeRecord,
) => void;

export function createVolumes(deps: VolumesDeps): Volumes {
  return new VolumeFolder(deps);
}

/** Throws what {@link Volumes.provide} would for it. */
export function checkVolumeRequest({ name, driver = DRIVER, options = {} }: VolumeRequest): void {
  const doing = 'create volume';
  if (name !== undefined) parseVolumeName(name, doing);
  if (driver !== DRIVER && driver !== '')
    throw notFound(`${doing}: error looking up volume plugin ${printable(driver)}: plugin not found`, {
      hint: 'There is only the driver local.',
    });
  volumeKind(options, doing);
}

class VolumeFolder implements Volumes {
  private readonly deps: VolumesDeps;
  private readonly root: string;
  readonly tell: VolumeListener;
  /** Making and removing one volume exclude each other; volumes never wait for one another. */
  private readonly changes = createKeyedMutex();

  constructor(deps: VolumesDeps) {
    this.deps = deps;
    this.root = join(deps.dataDirectory, 'volumes');
    this.tell = deps.onChange;
  }

  async list(): Promise<readonly VolumeRecord[]> {
    const names = (await listNames(this.root)).filter(isVolumeName).toSorted();
    const records = await Promise.all(names.map((name) => this.read(name)));
    return records.filter((record) => record !== undefined);
  }

  async get(text: string): Promise<VolumeRecord> {
    const name = parseVolumeName(text, 'find volume');
    const record = await this.read(name);
    if (record === undefined) throw missing(name);
    return record;
  }

  async provide(request: VolumeRequest, { brief = false }: ProvideOptions = {}): Promise<Made> {
    checkVolumeRequest(request);
    const { name = anonymousName(), options = {} } = request;
    const labels = request.name === undefined ? { ...request.labels, [ANONYMOUS_LABEL]: '' } : (request.labels ?? {});
    return this.changes.run(name, async () => {
      const before = await this.read(name);
      if (before !== undefined) return { record: before, isNew: false };
      const created = this.deps.now().toISOString();
      const record = await this.make({ version: 1, name, created, labels, options }, !brief);
      this.deps.onChange('create', name, { driver: DRIVER }, record);
      return { record, isNew: true };
    });
  }

  async kind(name: string): Promise<VolumeKind> {
    await this.get(name);
    const { options } = await this.readRecord(name).catch((cause: unknown) => {
      throw dataLoss(`use volume ${name}: its record can't be read`, {
        cause,
        hint: `Its files are in ${this.path(name)}: copy what you need, then remove it with slipway volume rm ${name}`,
      });
    });
    return volumeKind(options, `use volume ${name}`);
  }

  path(name: string): string {
    return join(this.root, parseVolumeName(name, 'find volume'), 'data');
  }

  remove(text: string, users: VolumeUsers, keep?: string): Promise<VolumeRecord> {
    return this.changes.run(text, async () => {
      const record = await this.get(text);
      const ids = users(record.name);
      if (ids.length > 0)
        throw conflict(`remove volume ${record.name}: volume is in use - [${ids.join(', ')}]`, {
          hint: 'Remove the containers that have it first.',
        });
      const directory = join(this.root, record.name);
      await (keep === undefined ? this.deps.workspace.discard(directory) : rename(directory, keep));
      this.deps.onChange('destroy', record.name, { driver: DRIVER });
      return record;
    });
  }

  bringBack(text: string, kept: string): Promise<void> {
    const name = parseVolumeName(text, 'bring back volume');
    return this.changes.run(name, async () => {
      await mkdir(this.root, { recursive: true, mode: 0o700 });
      if (await moveDirectoryNoReplace(kept, join(this.root, name)))
        this.deps.onChange('create', name, { driver: DRIVER });
      else await this.deps.workspace.discard(kept);
    });
  }

  private async make(record: VolumeRecord, sync: boolean): Promise<VolumeRecord> {
    const temporary = this.deps.workspace.temporary('volume');
    try {
      await mkdir(this.root, { recursive: true, mode: 0o700 });
      await mkdir(temporary, { mode: 0o700 });
      await mkdir(join(temporary, 'data'), { mode: 0o755 });
      await writeNewFile(join(temporary, 'volume.json'), JSON.stringify(record), sync);
      await rename(temporary, join(this.root, record.name));
      if (sync) await syncDirectory(this.root);
      return record;
    } catch (cause) {
      await this.deps.workspace.discard(temporary);
      throw toEngineError(cause, `create volume ${record.name}`);
    }
  }

  /** Undefined where there is none. One whose record can't be read is there all the same, so that it is seen and can be removed. */
  private async read(name: string): Promise<VolumeRecord | undefined> {
    try {
      return await this.readRecord(name);
    } catch (error) {
      if (isErrno(error, 'ENOENT') && !(await exists(join(this.root, name)))) return undefined;
      this.deps.log.error(`read volume ${name}`, error);
      return { version: 1, name, created: new Date(0).toISOString(), labels: {}, options: {} };
    }
  }

  private async readRecord(name: string): Promise<VolumeRecord> {
    const record = parseVolumeRecord(await readFile(join(this.root, name, 'volume.json')));
    if (record.name !== name) throw invalidArgument(`volume record: it is of ${printable(record.name)}`);
    return record;
  }
}

const missing = (name: string): Error => notFound(`get ${name}: no such volume`, { hint: 'See `slipway volume ls`.' });
