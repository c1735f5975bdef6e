// What the store takes on the disk, what was removed from it, and what is wrong in it. Plain data.

/** Docker's `system df`. All sizes in bytes. */
export interface DiskUsage {
  readonly images: readonly ImageUsage[];
  readonly containers: readonly ContainerUsage[];
  readonly volumes: readonly VolumeUsage[];
  /** Removed containers that can still be restored. */
  readonly removed: { readonly count: number; readonly size: number };
  /** Unpacked layers, each counted once; `reclaimable`: those that no container's image has. */
  readonly layers: { readonly size: number; readonly reclaimable: number };
  /** Containers' files that snapshots and forks share; `reclaimable`: what only snapshots hold. */
  readonly snapshots: { readonly count: number; readonly size: number; readonly reclaimable: number };
  /** What registries sent, kept for pushing and repair; `unused`: what nobody names any more. */
  readonly blobs: {
    readonly count: number;
    readonly size: number;
    readonly unused: number;
    readonly unusedSize: number;
  };
}

export interface ImageUsage {
  readonly id: string;
  /** As in `ImageSummary`. */
  readonly references: readonly string[];
  readonly created?: string;
  readonly size: number;
  /** Of layers that another image has, too. */
  readonly sharedSize: number;
  readonly containers: number;
}

export interface ContainerUsage {
  readonly id: string;
  readonly live: boolean;
  /** Of its own layer: what it has written. */
  readonly size: number;
}

export interface VolumeUsage {
  readonly name: string;
  readonly size: number;
  /** How many have it, running or not. */
  readonly containers: number;
}

export interface PruneFilter {
  /** RFC 3339: only what was created before. */
  readonly until?: string;
  /** `key` or `key=value`: only what has all of them. */
  readonly labels?: readonly string[];
  /** Only what has none of them. */
  readonly withoutLabels?: readonly string[];
}

export interface PruneImagesParams extends PruneFilter {
  /** Every image without a container, not only those without a tag. */
  readonly all?: boolean;
}

export interface PruneImagesResult {
  readonly untagged: readonly string[];
  /** IDs of images, diffIDs of layers. */
  readonly deleted: readonly string[];
  /** Bytes that are free again. */
  readonly freed: number;
}

export interface PruneContainersResult {
  /** IDs. */
  readonly deleted: readonly string[];
  /** Bytes, also of removed ones that can't be restored any more. */
  readonly freed: number;
}

export interface CheckParams {
  /** Put right what can be put right from what is here. */
  readonly repair?: boolean;
}

export interface StoreReport {
  /** How many were looked at. */
  readonly images: number;
  readonly blobs: number;
  readonly layers: number;
  readonly problems: readonly StoreProblem[];
  /** What nobody names: `prune` removes it. */
  readonly unused: { readonly blobs: number; readonly layers: number };
}

export interface StoreProblem {
  readonly kind: 'image' | 'blob' | 'layer';
  /** Of the manifest, the blob or the layer (diffID). */
  readonly digest: string;
  /** The images that need it, as people call them. */
  readonly images: readonly string[];
  /** What is wrong, as the rest of a sentence that begins with the object. */
  readonly problem: string;
  readonly repaired: boolean;
  /** What to type; absent when it is repaired. */
  readonly fix?: string;
}
