// Which blobs and layers somebody needs right now, so that garbage collection leaves them. Lives in memory only: what
// the leases of a dead process kept is collected by the next one.

import type { Digest } from '../oci/digest.ts';

/** `blob sha256:…` or `layer sha256:…` (a diffID). */
export type LeaseKey = `blob ${Digest}` | `layer ${Digest}`;

export interface Lease extends Disposable {
  readonly keys: ReadonlySet<LeaseKey>;
  add(keys: Iterable<LeaseKey>): void;
}

/** What was leased at any moment since the watch began. */
export interface LeaseWatch extends Disposable {
  saw(key: LeaseKey): boolean;
}

export interface Leases {
  open(): Lease;
  /** For a collection: who let go during it has written a reference that the collection did not see. */
  watch(): LeaseWatch;
}

export function createLeases(): Leases {
  const open = new Set<Set<LeaseKey>>();
  const watches = new Set<Set<LeaseKey>>();
  return {
    open() {
      const keys = new Set<LeaseKey>();
      open.add(keys);
      return {
        keys,
        add(more) {
          for (const key of more) keys.add(key);
        },
        [Symbol.dispose]() {
          open.delete(keys);
          for (const released of watches) for (const key of keys) released.add(key);
        },
      };
    },
    watch() {
      const released = new Set<LeaseKey>();
      watches.add(released);
      return {
        saw: (key) => released.has(key) || [...open].some((keys) => keys.has(key)),
        [Symbol.dispose]() {
          watches.delete(released);
        },
      };
    },
  };
}
