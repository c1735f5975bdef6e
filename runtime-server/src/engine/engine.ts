// The one door to everything the server can do: what images and containers do together, and what concerns the server
// itself. Every api goes through here; no api is known here.

import type { ContainerSummary, CreateOptions, DoctorCheck, VersionInfo } from '../../protocol/models.ts';
import type { RemoveImageResult } from '../../protocol/methods.ts';
import type { PullProgress } from '../../protocol/progress.ts';
import { isCode, notFound, unsupported } from '../base/errors.ts';
import { compact } from '../base/validate.ts';
import type { Containers } from '../containers/contract.ts';
import type { Inside } from '../containers/inside.ts';
import { resolveLog, type LogSettings } from '../containers/log-config.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { Archives, ImageRecord, Images, PullOptions } from '../images/images.ts';
import type { PullResult } from '../../protocol/methods.ts';
import { canonical, familiar, parseReference, withDefaultTag } from '../oci/reference.ts';
import { createContainerFiles, type ContainerFileActions } from './container-files.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { EventBus, Replay } from './events.ts';
import { createHousekeeping, type Housekeeping } from './housekeeping.ts';
import { createVolumeActions, describeVolume, type VolumeActions } from './volumes.ts';

/** The starter image that the package ships. */
export const STARTER_REFERENCE = 'localhost/starter:latest';

export type PullPolicy = 'missing' | 'always' | 'never';

export interface CreateRequest {
  readonly pull: PullPolicy;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called before a pull that `missing` makes necessary. */
  readonly onMissing?: (reference: string) => void;
  /** The container is for one start at once: it goes when that never comes (the server dies in between). */
  readonly provisional?: boolean;
  readonly signal?: AbortSignal;
}

export interface Engine extends Housekeeping {
  readonly images: Pick<
    Images,
    'list' | 'resolve' | 'inspect' | 'history' | 'tag' | 'push' | 'search' | 'tags' | 'logins'
  >;
  readonly archives: Archives;
  readonly containers: Omit<Containers, 'check' | 'create' | 'read' | 'hold' | 'recover' | 'resume' | 'close'>;
  readonly files: ContainerFileActions;
  readonly inside: Inside;
  readonly volumes: VolumeActions;
  readonly events: EventBus;
  /** The kept events after that number, with the present state of what they are about. */
  eventsSince(epoch: string, sequence: number): Promise<Replay>;
  version(): VersionInfo;
  doctor(): Promise<readonly DoctorCheck[]>;
  pull(reference: string, options: PullOptions): Promise<PullResult>;
  removeImage(image: string, force: boolean): Promise<RemoveImageResult>;
  /** Creates a container; fetches its image first where `pull` says so. */
  create(options: CreateOptions, request: CreateRequest): Promise<ContainerRecord>;
  /** Brings a removed container back whose image is still here. Rejects as containers' restore, and with NotFound without the image. */
  restore(id: string, options: { readonly name?: string | undefined }): Promise<ContainerSummary>;
  /** Removes every container, image and file of this data directory. The server can only end afterwards. */
  reset(): Promise<void>;
}

export interface EngineDeps {
  readonly images: Images;
  readonly containers: Containers;
  readonly inside: Inside;
  readonly volumes: Volumes;
  readonly events: EventBus;
  readonly version: VersionInfo;
  readonly modeReason: string;
  /** OCI layout directory of the starter image. */
  readonly starterDirectory: string;
  /** The defaults of the settings file. */
  readonly logSettings: () => Promise<LogSettings>;
  readonly checkHost: () => Promise<readonly DoctorCheck[]>;
  /** Removes the data directory's contents. */
  readonly eraseData: () => Promise<void>;
  /** Resolves when what was removed is gone from the disk. */
  readonly settled: () => Promise<void>;
}

export function createEngine(deps: EngineDeps): Engine {
  const { images, containers } = deps;
  const volumes = createVolumeActions(deps);
  return {
    ...createHousekeeping({ ...deps, volumeUsage: () => volumes.usage() }),
    volumes,
    images,
    archives: unpackable(deps),
    containers,
    files: createContainerFiles(deps),
    inside: deps.inside,
    events: deps.events,
    eventsSince: (epoch, sequence) => eventsSince(deps, epoch, sequence),
    version: () => deps.version,
    doctor: deps.checkHost,
    pull: async (reference, options) => {
      requireNamespaces(deps, `pull ${reference}`);
      return fetchImage(deps, reference, options);
    },
    removeImage: (image, force) =>
      images.remove(image, {
        force,
        usedBy: (id) =>
          containers
            .records()
            .filter((record) => record.image.id === id)
            .map((record) => record.name),
      }),
    create: async (asked, request) => {
      requireNamespaces(deps, `run ${asked.image}`);
      const options = { ...asked, log: resolveLog(asked.log ?? {}, await deps.logSettings()) };
      await containers.check(options);
      const image = await findImage(deps, options, request);
      using lease = await images.lease(image, request.signal === undefined ? {} : { signal: request.signal });
      return await containers.create(options, lease.image, request.provisional ?? false);
    },
    restore: (id, options) => restore(deps, id, options),
    reset: async () => {
      await Promise.all(
        containers.records().map((record) => containers.remove(record.id, { force: true, purge: true })),
      );
      await deps.eraseData();
    },
  };
}

async function restore(
  { images, containers }: EngineDeps,
  id: string,
  options: { readonly name?: string | undefined },
): Promise<ContainerSummary> {
  const { name, image } = await containers.removed.get(id, 'restore');
  const present = await images.resolve(image.id, { verb: 'restore' }).catch((cause: unknown) => {
    if (!isCode(cause, 'NotFound')) throw cause;
    throw notFound(`restore container ${name}: its image ${image.reference} is gone`, {
      hint: `If it is still there to be had: slipway pull ${image.reference}`,
      cause,
    });
  });
  const lease = await images.lease(present);
  try {
    return await containers.removed.restore(id, options);
  } finally {
    lease[Symbol.dispose]();
  }
}

async function findImage(deps: EngineDeps, options: CreateOptions, request: CreateRequest): Promise<ImageRecord> {
  const { platform } = options;
  const resolve = (): Promise<ImageRecord> => deps.images.resolve(options.image, { platform, verb: 'run' });
  if (request.pull !== 'always') {
    try {
      return await resolve();
    } catch (error) {
      if (!isCode(error, 'NotFound')) throw error;
      if (request.pull === 'never')
        throw notFound(`run ${options.image}: no such image here`, {
          hint: `Fetch it with: slipway pull ${options.image}`,
          cause: error,
        });
    }
  }
  const reference = familiar(withDefaultTag(parseReference(options.image, 'run')));
  if (request.pull === 'missing') request.onMissing?.(reference);
  const { onProgress, signal } = request;
  await fetchImage(deps, reference, { platform, onProgress, signal });
  return resolve();
}

/** The starter image comes from the package, also when a person who removed it wants it back; no registry has it. */
function fetchImage(
  { images, starterDirectory }: EngineDeps,
  reference: string,
  options: PullOptions,
): Promise<PullResult> {
  const isStarter = canonical(withDefaultTag(parseReference(reference, 'pull'))) === STARTER_REFERENCE;
  return isStarter
    ? images.importLayout(starterDirectory, STARTER_REFERENCE, { signal: options.signal })
    : images.pull(reference, options);
}

async function eventsSince(
  { images, containers, volumes, events }: EngineDeps,
  epoch: string,
  sequence: number,
): Promise<Replay> {
  const { complete, events: bare } = events.since(epoch, sequence);
  const present = await images.list();
  const made = new Map(
    (await volumes.list()).map((record) => [record.name, describeVolume(record, volumes.path(record.name), [])]),
  );
  return {
    complete,
    events: bare.map((event) =>
      event.type === 'container'
        ? compact({ ...event, container: containers.summary(event.id) })
        : event.type === 'image'
          ? compact({ ...event, image: present.find(({ id }) => id === event.id) })
          : compact({ ...event, volume: event.action === 'create' ? made.get(event.id) : undefined }),
    ),
  };
}

function unpackable(deps: EngineDeps): Archives {
  const { archives } = deps.images;
  return {
    ...archives,
    save: async (names, options) => {
      await archives.save(names, options);
      await tellSaved(deps, names);
    },
    load: async (input, options) => {
      requireNamespaces(deps, 'load');
      return archives.load(input, options);
    },
    import: async (input, options) => {
      requireNamespaces(deps, 'import');
      return archives.import(input, options);
    },
  };
}

/** What went meanwhile is not told of. */
async function tellSaved({ images, events }: EngineDeps, names: readonly string[]): Promise<void> {
  const present = await images.list();
  for (const name of names) {
    const id = await images.resolve(name, { verb: 'save' }).then(
      (image) => image.id,
      () => undefined,
    );
    const image = present.find((one) => one.id === id);
    if (image !== undefined)
      events.publish({ type: 'image', action: 'save', id: image.id, attributes: { name }, image });
  }
}

/** Without a namespace nothing can be unpacked with its owners nor started; reading works. */
function requireNamespaces(deps: EngineDeps, doing: string): void {
  if (deps.version.mode !== 'none') return;
  const reason = deps.modeReason === '' ? '' : ` (${deps.modeReason})`;
  throw unsupported(`${doing}: this machine lets no user namespace be made${reason}`, {
    hint: 'Run `slipway doctor`: it names the setting and the command that changes it.',
  });
}
