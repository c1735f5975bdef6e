// The shape of a request, a response and a transport, of which the registry client is composed. Knows no undici.

import { Readable } from 'node:stream';
import { dataLoss } from '../base/errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Milliseconds until the headers of the answer come, where it may take longer than usual. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is sent with a request. A request that is repeated opens it again. */
export interface RequestBody {
  /** Bytes, exactly. */
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A body from memory. */
export function bodyOf(bytes: Uint8Array | string): RequestBody {
  const buffer = Buffer.from(bytes);
  return {
    size: buffer.length,
    open: () => Readable.from(buffer.length > 0 ? [buffer] : []),
  };
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; several values joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the response came from at last. */
  readonly url: URL;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up the rest of the body. Call it on every response whose body is not read to its end. */
  discard(): void;
}

/** One exchange. Layers are functions from transport to transport. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** The whole body, at most `max` bytes; `what` begins the error's text. */
export async function readBody(response: HttpResponse, max: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > max) throw dataLoss(`${what}: larger than ${max} bytes`);
      chunks.push(chunk);
    }
  } finally {
    response.discard();
  }
  return Buffer.concat(chunks, size);
}
