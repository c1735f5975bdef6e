// Progress of a pull, a push and an archive, the same for the thin client's text and the extension's notification.

/** One change in the life of one layer, or of the whole transfer, in either direction. */
export type TransferProgress =
  /** The reference as resolved: `docker.io/library/alpine:latest`; `defaultTag` when no tag was typed. */
  | { readonly kind: 'resolving'; readonly reference: string; readonly defaultTag: boolean }
  /** The manifest is known: how many layers and compressed bytes there are in all. */
  | { readonly kind: 'manifest'; readonly digest: string; readonly layers: readonly LayerRef[] }
  | LayerChange;

export interface LayerChange {
  readonly kind: 'layer';
  readonly id: string;
  readonly status: LayerStatus;
  /** Compressed bytes: of `extracting` those that are unpacked, otherwise those that have gone their way. */
  readonly current?: number;
  readonly total?: number;
  /** The repository that a layer was mounted from. */
  readonly from?: string;
}

export type PullProgress =
  | TransferProgress
  | {
      readonly kind: 'done';
      readonly reference: string;
      readonly digest: string;
      readonly imageId: string;
      readonly upToDate: boolean;
    };

/** `size`: bytes of the manifest. */
export type PushProgress =
  | TransferProgress
  | { readonly kind: 'pushed'; readonly reference: string; readonly digest: string; readonly size: number };

export interface LayerRef {
  /** First 12 hexadecimal digits of the layer's digest, Docker's layer id in progress lines. */
  readonly id: string;
  /** Compressed bytes. */
  readonly size: number;
}

export type LayerStatus =
  'waiting' | 'exists' | 'downloading' | 'verifying' | 'extracting' | 'uploading' | 'mounted' | 'complete' | 'retrying';

/** Bytes of an archive that are read or written, or then of its layers that are unpacked; `total` is absent where nobody knows it. */
export interface ArchiveProgress {
  readonly operation: string;
  readonly phase: 'archive' | 'layers';
  readonly current: number;
  readonly total?: number;
}
