// The JSON-RPC methods between the extension and the server: name, parameters, result, once for both sides.
// The connection is a Language Server Protocol connection: `initialize` first, `$/cancelRequest` cancels any request.

import type { EngineEvent } from './events.ts';
import type { ResourceLimits } from './host-options.ts';
import type {
  CheckParams,
  DiskUsage,
  PruneContainersResult,
  PruneFilter,
  PruneImagesParams,
  PruneImagesResult,
  StoreReport,
} from './housekeeping.ts';
import type {
  Change,
  Committed,
  ContainerStats,
  ContainerSummary,
  CreateOptions,
  DoctorCheck,
  ImageSummary,
  SnapshotSummary,
  ProcessList,
  RemovedContainer,
  VersionInfo,
} from './models.ts';
import type { PruneVolumesParams, PruneVolumesResult, VolumeRequest, VolumeSummary } from './mounts.ts';
import type { ArchiveProgress, PullProgress, PushProgress } from './progress.ts';

/** Parameters and result of each request method. */
export interface Requests {
  'slipway/system/version': { readonly params: Empty; readonly result: VersionInfo };
  'slipway/system/doctor': { readonly params: Empty; readonly result: readonly DoctorCheck[] };
  /** The events that are still kept after number `since` of `epoch`, each with the present state of what it is about. */
  'slipway/system/events': {
    readonly params: { readonly epoch: string; readonly since: number };
    readonly result: { readonly events: readonly EngineEvent[]; readonly complete: boolean };
  };
  'slipway/system/usage': { readonly params: Empty; readonly result: DiskUsage };
  'slipway/system/check': { readonly params: CheckParams; readonly result: StoreReport };
  'slipway/images/prune': { readonly params: PruneImagesParams; readonly result: PruneImagesResult };
  'slipway/containers/prune': { readonly params: PruneFilter; readonly result: PruneContainersResult };
  'slipway/volumes/list': { readonly params: Empty; readonly result: readonly VolumeSummary[] };
  /** One of that name that is there already stays as it is. */
  'slipway/volumes/create': { readonly params: VolumeRequest; readonly result: VolumeSummary };
  /** Docker's shape. */
  'slipway/volumes/inspect': {
    readonly params: { readonly name: string };
    readonly result: Readonly<Record<string, unknown>>;
  };
  /** Conflict while a container has it. */
  'slipway/volumes/remove': { readonly params: { readonly name: string }; readonly result: Empty };
  'slipway/volumes/prune': { readonly params: PruneVolumesParams; readonly result: PruneVolumesResult };
  'slipway/images/list': { readonly params: Empty; readonly result: readonly ImageSummary[] };
  /** `operation` names the `slipway/images/progress` notifications that belong to this pull. */
  'slipway/images/pull': { readonly params: PullParams; readonly result: PullResult };
  /** Pushes the image of that name, or every tag of that repository. Progress as with a pull. */
  'slipway/images/push': { readonly params: PushParams; readonly result: readonly PushedTag[] };
  /** Gives an image another name. */
  'slipway/images/tag': {
    readonly params: { readonly image: string; readonly reference: string };
    readonly result: Empty;
  };
  'slipway/images/remove': {
    readonly params: { readonly image: string; readonly force?: boolean };
    readonly result: RemoveImageResult;
  };
  /** `operation` names the `slipway/images/archiveProgress` notifications that belong to it, here and below. */
  'slipway/images/save': {
    readonly params: { readonly images: readonly string[]; readonly file: string; readonly operation: string };
    readonly result: { readonly file: string };
  };
  /** `file`: an absolute path on the server's machine, as for save and import. */
  'slipway/images/load': {
    readonly params: { readonly file: string; readonly platform?: string; readonly operation: string };
    readonly result: LoadResult;
  };
  'slipway/images/import': { readonly params: ImportParams; readonly result: LoadedName };
  'slipway/images/inspect': {
    readonly params: { readonly image: string };
    readonly result: Readonly<Record<string, unknown>>;
  };
  /** `term` with a registry before it looks there, with a colon for tags. */
  'slipway/registries/search': {
    readonly params: { readonly term: string; readonly limit?: number };
    readonly result: readonly SearchHit[];
  };
  /** Keeps a login, where docker keeps it, if the registry takes it. An empty `server` is Docker Hub. */
  'slipway/registries/login': { readonly params: LoginParams; readonly result: LoginResult };
  'slipway/registries/logout': { readonly params: { readonly server: string }; readonly result: LogoutResult };
  /** The hosts that there is a login for. */
  'slipway/registries/list': { readonly params: Empty; readonly result: readonly string[] };
  'slipway/containers/list': {
    readonly params: { readonly all: boolean };
    readonly result: readonly ContainerSummary[];
  };
  'slipway/containers/create': {
    readonly params: CreateOptions;
    readonly result: { readonly id: string; readonly name: string };
  };
  'slipway/containers/start': { readonly params: ContainerParams; readonly result: ContainerSummary };
  /** No policy starts it again. A container with `autoRemove` is gone afterwards. */
  'slipway/containers/stop': {
    readonly params: ContainerParams & StopParams;
    readonly result: { readonly id: string };
  };
  /** Stops it, where it runs, and starts it; `autoRemove` does not count in between. */
  'slipway/containers/restart': {
    readonly params: ContainerParams & StopParams;
    readonly result: { readonly id: string };
  };
  /** SIGKILL by default; its end has been recorded then. */
  'slipway/containers/kill': {
    readonly params: ContainerParams & { readonly signal?: string };
    readonly result: { readonly id: string };
  };
  'slipway/containers/rename': {
    readonly params: ContainerParams & { readonly name: string };
    readonly result: { readonly id: string };
  };
  /** Answers after the end of its present run; at once when it does not run. */
  'slipway/containers/wait': { readonly params: ContainerParams; readonly result: { readonly exitCode: number } };
  /** Freezes all its processes; Unsupported with the reason where no cgroup is delegated. */
  'slipway/containers/pause': { readonly params: ContainerParams; readonly result: { readonly id: string } };
  'slipway/containers/unpause': { readonly params: ContainerParams; readonly result: { readonly id: string } };
  /** Changes limits, at once when it runs, and the restart policy; what is absent stays. */
  'slipway/containers/update': {
    readonly params: ContainerParams & { readonly limits?: ResourceLimits; readonly restart?: string };
    readonly result: { readonly id: string };
  };
  'slipway/containers/remove': {
    /** `volumes`: with those that nobody has named and no other container has; `purge`: for good. */
    readonly params: ContainerParams & {
      readonly force?: boolean;
      readonly volumes?: boolean;
      readonly purge?: boolean;
    };
    readonly result: { readonly id: string; readonly restorable: boolean };
  };
  /** Removed containers that can still be restored, the last removed first. */
  'slipway/containers/removed': { readonly params: Empty; readonly result: readonly RemovedContainer[] };
  /** Brings a removed one back, stopped; `name` where its own is taken. */
  'slipway/containers/restore': {
    readonly params: ContainerParams & { readonly name?: string };
    readonly result: ContainerSummary;
  };
  /** What it has changed above its image, directories before what is in them. */
  'slipway/containers/diff': { readonly params: ContainerParams; readonly result: readonly Change[] };
  /** Writes all of its files as a tar archive; `file`: an absolute path on the server's machine. */
  'slipway/containers/export': {
    readonly params: ContainerParams & { readonly file: string };
    readonly result: { readonly file: string };
  };
  /** Makes an image of it as it is now. */
  'slipway/containers/commit': { readonly params: CommitParams; readonly result: Committed };
  /** Its processes; `options`: ps's (`aux`, `-o pid,args`). */
  'slipway/containers/top': {
    readonly params: ContainerParams & { readonly options?: readonly string[] };
    readonly result: ProcessList;
  };
  /** What containers use, measured over a second; without names those that run, or all. */
  'slipway/containers/stats': {
    readonly params: { readonly containers?: readonly string[]; readonly all?: boolean };
    readonly result: readonly ContainerStats[];
  };
  /** Keeps what its files are now; of a running one a copy, with its processes held meanwhile where they can be. */
  'slipway/containers/snapshot': {
    readonly params: ContainerParams & { readonly name?: string };
    readonly result: { readonly id: string };
  };
  /** A new container, not started, with what its files are now. */
  'slipway/containers/fork': {
    readonly params: ContainerParams & { readonly name?: string };
    readonly result: { readonly id: string; readonly name: string };
  };
  /** Gives it the files of a snapshot of its own, by default the last; `force`: a running one is stopped and started again. */
  'slipway/containers/rewind': {
    readonly params: ContainerParams & { readonly snapshot?: string; readonly force?: boolean };
    /** `before`: the snapshot of what was there until now. */
    readonly result: { readonly snapshot: string; readonly before: string };
  };
  /** The newest first; without a container those of all. */
  'slipway/snapshots/list': {
    readonly params: { readonly container?: string };
    readonly result: readonly SnapshotSummary[];
  };
  'slipway/snapshots/remove': {
    readonly params: { readonly snapshot: string };
    readonly result: { readonly id: string };
  };
  'slipway/containers/inspect': {
    readonly params: ContainerParams;
    readonly result: Readonly<Record<string, unknown>>;
  };
}

/** Notifications from the server. */
export interface Notifications {
  'slipway/event': EngineEvent;
  'slipway/images/archiveProgress': ArchiveProgress;
  'slipway/images/progress': { readonly operation: string; readonly progress: PullProgress | PushProgress };
}

export type Empty = Readonly<Record<string, never>>;

export interface ContainerParams {
  /** Name, id or unique prefix of an id. */
  readonly container: string;
}

export interface StopParams {
  /** Seconds before SIGKILL, none when negative; what the container was created with, or 10, by default. */
  readonly timeout?: number;
  /** Name or number; its stop signal by default. */
  readonly signal?: string;
}

export interface CommitParams extends ContainerParams {
  /** Absent: an image without a name. */
  readonly reference?: string;
  readonly author?: string;
  readonly message?: string;
  /** Docker's `--change`: instructions as in a Dockerfile. */
  readonly changes?: readonly string[];
  /** Hold its processes meanwhile, where they can be held; true by default. */
  readonly pause?: boolean;
}

export interface PullParams {
  readonly reference: string;
  readonly platform?: string;
  readonly operation: string;
}

export interface PullResult {
  readonly reference: string;
  readonly digest: string;
  readonly imageId: string;
  readonly upToDate: boolean;
}

export interface PushParams {
  readonly reference: string;
  readonly allTags?: boolean;
  readonly operation: string;
}

export interface PushedTag {
  readonly reference: string;
  readonly digest: string;
  /** Bytes of the manifest. */
  readonly size: number;
}

/** What a registry has; the name can be pulled. */
export interface SearchHit {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

export interface LoginParams {
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

export interface LoginResult {
  /** `docker.io`, `registry.example:5000`. */
  readonly host: string;
  /** The credential helper that keeps it; absent: the file does, unencrypted. */
  readonly helper?: string;
  /** Docker's config.json. */
  readonly path: string;
}

export interface LogoutResult {
  readonly host: string;
  readonly removed: boolean;
}

export interface ImportParams {
  readonly file: string;
  /** Absent: an image without a name. */
  readonly reference?: string;
  /** Docker's `--change`: instructions as in a Dockerfile. */
  readonly changes?: readonly string[];
  readonly message?: string;
  readonly platform?: string;
  readonly operation: string;
}

export interface LoadResult {
  readonly images: readonly LoadedName[];
}

export interface LoadedName {
  readonly imageId: string;
  /** Full, with its tag; absent for an image without a name. */
  readonly reference?: string;
  /** The ID of another image that had the name until now. */
  readonly renamed?: string;
}

export interface RemoveImageResult {
  readonly untagged: readonly string[];
  readonly deleted: readonly string[];
  /** Bytes of blobs and layers that went with it. */
  readonly freed: number;
}

/** `initializationOptions` of the LSP `initialize` request. */
export interface InitializeOptions {
  readonly protocolVersion: number;
  readonly productVersion: string;
}

/** `capabilities.experimental.slipway` of the `initialize` result. A differing number means: offer to restart the server. */
export interface ServerHandshake {
  readonly protocolVersion: number;
  readonly productVersion: string;
  readonly pid: number;
  /** Absolute path of the thin client that terminals should run. */
  readonly client: string;
}
