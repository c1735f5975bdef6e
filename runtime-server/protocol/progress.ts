// Progress of a pull, the same for the thin client's text and the extension's notification.

/** One change in the life of one layer (or of the whole pull). */
export type PullProgress =
  /** The reference as resolved: `docker.io/library/alpine:latest`; `defaultTag` when no tag was typed. */
  | { readonly kind: 'resolving'; readonly reference: string; readonly defaultTag: boolean }
  /** The manifest is known: how many layers and compressed bytes there are in all. */
  | { readonly kind: 'manifest'; readonly digest: string; readonly layers: readonly LayerRef[] }
  | {
      readonly kind: 'layer';
      readonly id: string;
      readonly status: LayerStatus;
      readonly current?: number;
      readonly total?: number;
    }
  | {
      readonly kind: 'done';
      readonly reference: string;
      readonly digest: string;
      readonly imageId: string;
      readonly upToDate: boolean;
    };

export interface LayerRef {
  /** First 12 hexadecimal digits of the layer's digest, Docker's layer id in progress lines. */
  readonly id: string;
  /** Compressed bytes. */
  readonly size: number;
}

export type LayerStatus = 'waiting' | 'exists' | 'downloading' | 'verifying' | 'complete' | 'retrying';
