// What the rest of the server sees of images: the interface, its records and what it needs. No behaviour.

import type { DiskUsage, PruneImagesResult, StoreReport } from '../../protocol/housekeeping.ts';
import type { ImageAction } from '../../protocol/events.ts';
import type {
  LoadedName,
  LoadResult,
  LoginResult,
  LogoutResult,
  PullResult,
  PushedTag,
  RemoveImageResult,
  SearchHit,
} from '../../protocol/methods.ts';
import type { Change, Committed, ImageSummary } from '../../protocol/models.ts';
import type { PullProgress, PushProgress } from '../../protocol/progress.ts';
import type { Workspace } from '../base/workspace.ts';
import type { Digest } from '../oci/digest.ts';
import type { RunConfig } from '../oci/image-config.ts';
import type { CheckOptions } from './check.ts';
import type { PruneOptions } from './prune.ts';
import type { Platform } from '../oci/platform.ts';

/** Made by `createImages`; one per data directory. */
export interface Images {
  /** Makes the directories and removes what a former server left unfinished. Await it before anything else. */
  start(): Promise<void>;
  /** All images, newest first. */
  list(): Promise<readonly ImageSummary[]>;
  /** Fetches an image. Pulls of the same reference at the same time are one. */
  pull(reference: string, options?: PullOptions): Promise<PullResult>;
  /** Pushes the image of that name to its registry; with `allTags` every tag of the repository, one after the other. */
  push(reference: string, options?: PushOptions): Promise<readonly PushedTag[]>;
  /**
   * The local image of that reference, digest, ID or unique prefix of an ID. Throws NotFound when there is none (or
   * only one for another platform than the one asked for), Conflict when a prefix is ambiguous, DataLoss when it is damaged.
   */
  resolve(image: string, options?: ResolveOptions): Promise<ImageRecord>;
  /** Docker's `image inspect` object. */
  inspect(image: string): Promise<Readonly<Record<string, unknown>>>;
  /** What made each layer, newest first (Docker's `history`). */
  history(image: string): Promise<readonly HistoryStep[]>;
  /** Gives a local image another name. An image that had that name stays, without a tag. */
  tag(image: string, reference: string): Promise<void>;
  /** Docker's `rmi`: removes the tag, and with its last tag the image. */
  remove(image: string, options: RemoveImageOptions): Promise<RemoveImageResult>;
  /** Takes an image from an OCI layout directory (the starter image) under the given reference. */
  importLayout(directory: string, reference: string, options?: ImportOptions): Promise<PullResult>;
  /**
   * Keeps the image's layers from being removed until the lease is released, and makes sure that they are usable:
   * a layer that an earlier boot may have left incomplete is unpacked again. Hold it until the container's record is written.
   */
  lease(image: ImageRecord, options?: { readonly signal?: AbortSignal }): Promise<ImageLease>;
  /** What a registry has under names like `[REGISTRY/]TERM[:TAG]`; without a registry, Docker Hub. */
  search(term: string, options?: SearchOptions): Promise<readonly SearchHit[]>;
  /** The references of all tags that a repository has at its registry. */
  tags(repository: string, options?: ImportOptions): Promise<readonly string[]>;
  readonly logins: Logins;
  readonly uppers: Uppers;
  readonly layers: {
    /** The directories of the layers, top first, for `lowerdir+`. Throws DataLoss when one is missing. */
    lowerDirs(diffIds: readonly string[]): Promise<readonly string[]>;
  };
  readonly archives: Archives;
  /** Removes blobs and layers that no reference, container or lease needs. */
  gc(): Promise<{ readonly blobs: number; readonly layers: number }>;
  /** Docker's `image prune`; blobs and layers that no reference, container or lease needs go, too. */
  prune(options: PruneOptions): Promise<PruneImagesResult>;
  /** What images take on the disk. */
  usage(): Promise<Omit<DiskUsage, 'containers' | 'volumes' | 'removed' | 'snapshots'>>;
  /** Hashes every blob and compares every unpacked layer with it. */
  check(options: CheckOptions): Promise<StoreReport>;
  /** Loads what a pull needs, while its file is surely there: an update may replace the program under a running server. */
  warm(): Promise<void>;
  /** Waits for removals in the background and closes connections. */
  close(): Promise<void>;
}

/** Logins at registries, kept where docker keeps them. `server`: as a person names it; empty: Docker Hub. */
export interface Logins {
  /** Keeps a login that the registry takes; without credentials the one that is kept is tried. Throws Unauthenticated, NotFound. */
  login(server: string, credentials?: RegistryCredentials, options?: ImportOptions): Promise<LoginResult>;
  /** Forgets a login; `removed` is false where there was none. */
  logout(server: string): Promise<LogoutResult>;
  /** The hosts that there is a login for. */
  list(): Promise<readonly string[]>;
}

/** What lies above an image's layers: a container's own files. */
export interface Uppers {
  /** Tells each change, directories before what is in them. */
  changes(above: Above, take: (change: Change) => void, signal: AbortSignal): Promise<void>;
  /** Everything that the container sees, but for its mounts, as a tar archive for `write`. */
  archive(above: Above, write: BytesWriter, signal: AbortSignal): Promise<void>;
  /** Makes an image of the image below and what is changed above it. Leaves nothing behind when it fails. */
  commit(above: Above, plan: CommitPlan, signal: AbortSignal): Promise<Committed>;
}

/** Takes all of the bytes; resolves when they are where they should be. */
export type BytesWriter = (bytes: AsyncIterable<Uint8Array>) => Promise<void>;

export interface Above {
  /** For errors: the container's. */
  readonly name: string;
  /** Its directories in overlay's form, top first. */
  readonly uppers: readonly string[];
  /** Relative names that are nobody's change while they are empty. */
  readonly hide: readonly string[];
  /** Of the layers below, bottom first. */
  readonly diffIds: readonly string[];
}

export interface CommitPlan {
  /** Of the image below. */
  readonly manifestDigest: string;
  /** The new image's name; without one it has no tag. */
  readonly reference?: string | undefined;
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** What made the new layer, for the image's history; from the `config` of the image below. */
  readonly createdBy: (before: Readonly<Record<string, unknown>>) => string;
  /** The new image's `config`. */
  readonly config: (before: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Images as archives: Docker's `save`, `load` and `import`. */
export interface Archives {
  /** Writes the images as one archive; nothing is written when one of them is not wholly here. */
  save(images: readonly string[], options: SaveOptions): Promise<void>;
  /** Makes the images of a docker-archive or OCI layout be here: all of them or none. */
  load(input: ArchiveInput, options: LoadOptions): Promise<LoadResult>;
  /** Makes an image of a root file system. */
  import(input: ArchiveInput, options: ImportArchiveOptions): Promise<LoadedName>;
}

/** `total` is undefined where nobody knows it. */
export type BytesListener = (current: number, total: number | undefined) => void;

export interface SaveOptions {
  /** The absolute path of a file, or who takes the bytes. */
  readonly to: string | ((bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>);
  readonly onBytes?: BytesListener | undefined;
  readonly signal: AbortSignal;
}

export interface ArchiveInput {
  /** The absolute path of a regular file, or its bytes. */
  readonly from: string | AsyncIterable<Uint8Array>;
  readonly onBytes?: BytesListener | undefined;
}

export interface LoadOptions {
  /** Which one of an image for several; the host's when absent. */
  readonly platform?: string | undefined;
  /** The layers of each image as they are unpacked. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal: AbortSignal;
}

export interface ImportArchiveOptions extends LoadOptions {
  /** Absent: an image without a name. */
  readonly reference?: string | undefined;
  /** Docker's `--change`: see oci/config-changes.ts. */
  readonly changes?: readonly string[] | undefined;
  readonly message?: string | undefined;
}

/** A usable local image. */
export interface ImageRecord {
  /** Image ID: the digest of the image config. */
  readonly id: Digest;
  readonly manifestDigest: Digest;
  /** As short as Docker shows it (`alpine:3.20`); for an image found by ID without a tag, its short ID. */
  readonly reference: string;
  /** The image's defaults for a container, under the image-spec's names. */
  readonly config: RunConfig;
  /** Bottom first. */
  readonly diffIds: readonly Digest[];
  readonly platform: Platform;
}

/** One instruction that an image was built with. */
export interface HistoryStep {
  /** The image's ID on the newest step; the former images are not known. */
  readonly id?: string;
  /** RFC 3339. */
  readonly created?: string;
  readonly createdBy: string;
  readonly comment: string;
  /** Bytes of the layer; 0 for a step that changed no file. */
  readonly size: number;
}

export interface ImageLease extends Disposable {
  readonly image: ImageRecord;
}

export interface PullOptions {
  /** `os/architecture[/variant]`; the host's when absent. */
  readonly platform?: string | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushOptions {
  readonly allTags?: boolean | undefined;
  readonly onProgress?: ((progress: PushProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchOptions {
  /** 1 to 100; default 25. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ResolveOptions {
  readonly platform?: string | undefined;
  /** Begins the error's text: `run`, `remove` … Default `find image`. */
  readonly verb?: string;
}

export interface RemoveImageOptions {
  readonly force?: boolean | undefined;
  readonly usedBy: ContainerUsers;
}

/** Names of the containers made from the image with that ID. */
export type ContainerUsers = (imageId: string) => Promise<readonly string[]> | readonly string[];

/** A container's claim on its image: garbage collection keeps that image's blobs and layers. */
export interface ContainerRoot {
  readonly manifestDigest: string;
  readonly imageId: string;
  readonly name: string;
}

/** `image` is the state after the change; absent when the image is gone. */
export interface ImageChange {
  readonly action: ImageAction;
  readonly id: string;
  readonly image?: ImageSummary;
}

export interface ImagesDependencies {
  readonly dataDirectory: string;
  /** Directory of the native programs. */
  readonly binDirectory: string;
  /** All owners become 0:0 (single-id map). */
  readonly singleId: boolean;
  /** The settings for registries, with daemon.json's keys; need not exist. */
  readonly settingsPath: string;
  readonly containerRoots: () => Promise<readonly ContainerRoot[]> | readonly ContainerRoot[];
  readonly onChange: (change: ImageChange) => void;
  readonly log: ImagesLog;
  readonly hostPlatform: Platform;
  /** Named in registries' logs: `slipway/0.1.0`. */
  readonly userAgent?: string;
  /** Where logins are; without it every registry is asked as nobody. */
  readonly logins?: LoginPlace;
  /** User name and password for a registry host (`docker.io`, `localhost:5000`), in place of `logins`. */
  readonly credentials?: (host: string) => Promise<RegistryCredentials | undefined>;
  /** Proxies, from the environment. */
  readonly proxy?: ProxySettings;
  /** The data directory's tmp/ and trash/, when others use them too. */
  readonly workspace?: Workspace;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken?: string;
}

export interface LoginPlace {
  /** Docker's config.json; need not exist. */
  readonly configPath: string;
  /** For the credential helpers that it names: PATH and what they themselves read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

export interface ImagesLog {
  warn(message: string): void;
  info(message: string): void;
}
