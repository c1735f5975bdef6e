// The bytes of a blob as one stream, whatever happens to the connections: a cut one is taken up again where it ended
// (Range), and no byte is handed on twice. Digests are not looked at here: who takes the bytes checks them.

import { sleep } from '../base/abort.ts';
import { dataLoss } from '../base/errors.ts';
import { backoff } from '../base/retry.ts';
import { describeFailure, isTransient } from './failures.ts';
import type { HttpResponse } from './http.ts';

export interface BlobStreamOptions {
  /** Bytes the descriptor promises. */
  readonly size: number;
  /** Asks for the bytes from `offset` on; any status but 200, 206 and 416 has become an error already. */
  readonly open: (offset: number) => Promise<HttpResponse>;
  /** How many times in a row a connection may bring next to nothing. */
  readonly attempts: number;
  /** Milliseconds of the first pause. */
  readonly base: number;
  readonly onRetry?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Fewer bytes than these are no progress: a registry that cuts after each byte would be asked for ever. */
const PROGRESS = 16 << 10;

/** Yields exactly `size` bytes or throws: DataLoss when the registry lies about the size, Unavailable when it goes away. */
export async function* streamBlob(options: BlobStreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  let barren = 0;
  let ranges = true;
  while (offset < options.size) {
    const before = offset;
    const response = await options.open(ranges ? offset : 0);
    if (response.status === 416) {
      response.discard();
      if (!ranges) throw dataLoss(`${response.url.host} can't send the layer`);
      ranges = false;
      continue;
    }
    let failure: unknown;
    try {
      const reader = openReader(response, ranges ? offset : 0, offset, options.size);
      for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) {
        offset += chunk.length;
        if (offset > options.size) throw dataLoss(`${response.url.host} sent more than ${options.size} bytes`);
        yield chunk;
      }
      if (offset === options.size) return;
      failure = reader.failure;
    } finally {
      response.discard();
    }
    barren = offset - before >= PROGRESS ? 1 : barren + 1;
    if (barren >= options.attempts) throw cutOff(failure, response, offset, options.size);
    options.onRetry?.();
    await sleep(backoff(barren, options.base, 10_000), options.signal);
  }
}

interface Reader {
  /** The next bytes not handed on yet; undefined at the end or when the connection broke. */
  read(): Promise<Uint8Array | undefined>;
  /** Why the connection broke. */
  readonly failure: unknown;
}

// Only what the network throws is caught here: what the taker of the bytes throws never gets in.
function openReader(response: HttpResponse, asked: number, offset: number, size: number): Reader {
  const iterator = response.body[Symbol.asyncIterator]();
  let skip = offset - startOf(response, asked, size);
  let failure: unknown;
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const result = await iterator.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      if (!isTransient(error)) throw describeFailure(error, response.url);
      failure = error;
      return undefined;
    }
  };
  return {
    async read() {
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
        const rest = skip < chunk.length ? chunk.subarray(skip) : undefined;
        skip = Math.max(0, skip - chunk.length);
        if (rest !== undefined && rest.length > 0) return rest;
      }
      return undefined;
    },
    get failure() {
      return failure;
    },
  };
}

// Where the body begins. A registry that ignores Range begins at 0 again; one that promises another length lies.
function startOf(response: HttpResponse, asked: number, size: number): number {
  const { host } = response.url;
  const length = response.headers['content-length'];
  const promised = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  const start = response.status === 206 ? Number(range?.[1] ?? -1) : 0;
  if (response.status === 206 && start !== asked)
    throw dataLoss(`${host} sent another part of the layer than asked for`);
  const whole = range?.[2] === undefined || range[2] === '*' ? undefined : Number(range[2]);
  if ((whole !== undefined && whole !== size) || (promised !== undefined && promised !== size - start)) {
    throw dataLoss(`${host} offers ${whole ?? start + (promised ?? 0)} bytes, the manifest says ${size}`);
  }
  return start;
}

function cutOff(failure: unknown, response: HttpResponse, offset: number, size: number): Error {
  if (failure !== undefined) return describeFailure(failure, response.url);
  return dataLoss(`${response.url.host} sent ${offset} of ${size} bytes`);
}
