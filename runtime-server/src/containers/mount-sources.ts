// A container's mounts at the moments that matter: made with it, looked up at its start, told of, given up with it. Asks volumes
// through their port; what the syntax means is mount-points.ts's.

import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidArgument, isCode, isErrno, permissionDenied } from '../base/errors.ts';
import { listNames } from '../base/fs.ts';
import { compact } from '../base/validate.ts';
import type { Bind } from '../launcher/spec.ts';
import { isVolumeName } from '../volumes/names.ts';
import { mountPoints, volumeNames, type MountPoint } from './mount-points.ts';
import type { VolumeSource } from './ports.ts';
import type { ContainerRecord } from './record.ts';

/** What the runtime mounts for one start. */
export interface MountSources {
  readonly binds: readonly Bind[];
  /** Destination → options. */
  readonly tmpfs: Readonly<Record<string, string>>;
}

/** Throws InvalidArgument, in docker's words, for a `--mount` of a path that is not there. */
export function requireSources(points: readonly MountPoint[]): void {
  for (const { type, source = '', make } of points)
    if (type === 'bind' && make !== true && !existsSync(source))
      throw invalidArgument(
        `mount ${source}: invalid mount config for type "bind": bind source path does not exist: ${source}`,
        { hint: 'Make it first; -v makes a folder that is missing.' },
      );
}

/**
 * Makes those of its volumes that are not there; `undo` takes a new container away when that fails. The container comes
 * first: who looks who uses a volume sees it from the moment that there is one.
 */
export async function provideVolumes(
  volumes: VolumeSource,
  { config }: ContainerRecord,
  undo: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  try {
    for (const { name, labels, driverOptions, anonymous = false } of mountPoints(config)) {
      if (name === undefined) continue;
      const brief = anonymous && config.autoRemove;
      await volumes.provide(compact({ name, labels, options: driverOptions }), { brief });
    }
  } catch (error) {
    await undo();
    throw error;
  }
}

/**
 * Gives up the volumes that nobody has named, unless another container has them; `others`: all but this one. `keep`: a folder in which
 * they are put by, for {@link takeBack}.
 */
export async function removeAnonymous(
  volumes: VolumeSource,
  { config }: ContainerRecord,
  others: () => Iterable<ContainerRecord>,
  keep?: string,
): Promise<void> {
  const anonymous = mountPoints(config).filter((point) => point.anonymous === true);
  if (keep !== undefined && anonymous.length > 0) await mkdir(keep, { recursive: true, mode: 0o700 });
  for (const { name = '' } of anonymous) {
    try {
      const kept = keep === undefined ? undefined : join(keep, name);
      await volumes.remove(name, (wanted) => usersOf(wanted, others()), kept);
    } catch (error) {
      if (!isCode(error, 'Conflict') && !isCode(error, 'NotFound')) throw error;
    }
  }
}

/** Puts back what {@link removeAnonymous} has put by in that folder; nothing where there is none. */
export async function takeBack(volumes: Pick<VolumeSource, 'bringBack'>, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of (await listNames(folder)).filter(isVolumeName)) await volumes.bringBack(name, join(folder, name));
  await rmdir(folder);
}

/** Ids of the containers that have the volume. */
export const usersOf = (name: string, records: Iterable<ContainerRecord>): readonly string[] =>
  [...records].filter(({ config }) => volumeNames(config).includes(name)).map(({ id }) => id);

/** What is mounted at a start of the container; `kept`: where volumes of it may have been put by. Rejects when a source is not there. */
export async function mountSources(
  volumes: VolumeSource,
  record: ContainerRecord,
  kept: string,
): Promise<MountSources> {
  const binds: Bind[] = [];
  const tmpfs: Record<string, string> = {};
  const points = mountPoints(record.config);
  requireSources(points);
  await takeBack(volumes, kept);
  await provideVolumes(volumes, record);
  // Docker's: what lies in the image is copied for a new container, not each time that it starts.
  const isNew = record.run.startedAt === undefined;
  for (const point of points) {
    if (point.type === 'bind') binds.push(await bindOf(point));
    else if (point.type === 'tmpfs') tmpfs[point.destination] = withReadOnly(point.tmpfs ?? '', point.readOnly);
    else {
      const source = await volumeOf(volumes, point, isNew);
      if (typeof source === 'string') tmpfs[point.destination] = source;
      else binds.push(source);
    }
  }
  return { binds, tmpfs };
}

const withReadOnly = (options: string, readOnly: boolean): string =>
  [options, readOnly ? 'ro' : ''].filter((word) => word !== '').join(',');

/** A string: the options of a tmpfs. */
async function volumeOf(volumes: VolumeSource, point: MountPoint, isNew: boolean): Promise<Bind | string> {
  const { name = '', destination, readOnly, subpath, noCopy = false } = point;
  const mount = await volumes.kind(name);
  switch (mount.kind) {
    case 'tmpfs':
      return withReadOnly(
        [mount.options, ...(noCopy ? [] : ['tmpcopyup'])].filter((word) => word !== '').join(','),
        readOnly,
      );
    case 'bind':
      requireSources([{ ...point, type: 'bind', source: mount.device }]);
      return compact({
        source: mount.device,
        destination,
        readOnly: readOnly || mount.readOnly,
        below: mount.recursive ? ('same' as const) : ('none' as const),
        subpath,
      });
    case 'folder': {
      const copies = isNew && !noCopy && subpath === undefined;
      return compact({
        source: volumes.path(name),
        destination,
        readOnly,
        below: 'none' as const,
        copyUp: copies ? ('first' as const) : ('rest' as const),
        subpath,
      });
    }
  }
}

const BELOW = { enabled: 'same', readonly: 'same', disabled: 'none', writable: 'writable' } as const;

async function bindOf(point: MountPoint): Promise<Bind> {
  const { source = '', destination, readOnly, make, propagation, recursive = 'enabled' } = point;
  if (make === true) await makeFolder(source);
  return compact({ source, destination, readOnly, below: BELOW[recursive], propagation });
}

/** Like Docker, a host folder that does not exist is made. */
async function makeFolder(source: string): Promise<void> {
  try {
    await mkdir(source, { recursive: true });
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) return;
    throw permissionDenied(`mount ${source}: the host folder does not exist and can't be made`, { cause });
  }
}

/** Tells that the volumes of a container are in use, or not any more, with docker's attributes. */
export function tellVolumes(
  volumes: Pick<VolumeSource, 'tell'>,
  action: 'mount' | 'unmount',
  { id, config }: ContainerRecord,
): void {
  for (const { name, destination, readOnly } of mountPoints(config)) {
    if (name === undefined) continue;
    const use = { destination, driver: 'local', propagation: '', 'read/write': String(!readOnly) };
    volumes.tell(action, name, { container: id, ...(action === 'mount' ? use : { driver: use.driver }) });
  }
}
