// Requests for blobs that are sent before it is certain that the blobs are needed: the answer waits on the connection
// until it is taken, and is dropped when it is not. Knows no registry.

import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';

export interface Prefetch extends AsyncDisposable {
  /** The bytes of a blob that was asked for ahead; only once. Undefined when it was not, or is taken. */
  take(digest: Digest, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined;
  cancel(digest: Digest): void;
}

interface Ahead {
  readonly iterator: AsyncIterator<Uint8Array>;
  readonly first: Promise<IteratorResult<Uint8Array>>;
  readonly controller: AbortController;
}

/** `open` starts the request for one blob. */
export function createPrefetch(
  blobs: readonly Descriptor[],
  open: (blob: Descriptor, signal: AbortSignal) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Prefetch {
  const waiting = new Map(blobs.map((blob) => [blob.digest, start(blob, open, signal)]));
  const drop = async (ahead: Ahead): Promise<void> => {
    ahead.controller.abort();
    await ahead.first.catch(() => undefined);
    await ahead.iterator.return?.();
  };
  return {
    take(digest, taker) {
      const ahead = waiting.get(digest);
      waiting.delete(digest);
      return ahead === undefined ? undefined : resume(ahead, taker);
    },
    cancel(digest) {
      const ahead = waiting.get(digest);
      waiting.delete(digest);
      if (ahead !== undefined) drop(ahead).catch(() => undefined);
    },
    async [Symbol.asyncDispose]() {
      const rest = [...waiting.values()];
      waiting.clear();
      await Promise.all(rest.map((ahead) => drop(ahead).catch(() => undefined)));
    },
  };
}

function start(
  blob: Descriptor,
  open: (blob: Descriptor, signal: AbortSignal) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Ahead {
  const controller = new AbortController();
  const iterator = open(blob, AbortSignal.any([signal, controller.signal]))[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => undefined); // told to who takes it
  return { iterator, first, controller };
}

async function* resume(ahead: Ahead, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const abort = (): void => {
    ahead.controller.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    for (let result = await ahead.first; result.done !== true; result = await ahead.iterator.next()) yield result.value;
  } finally {
    signal.removeEventListener('abort', abort);
    await ahead.iterator.return?.();
  }
}
