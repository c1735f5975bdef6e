// The writing half of a registry over startHostileRegistry: uploads in one piece and in pieces, mounts, manifests; with the
// faults that a test asks for. Checks that pieces come in order and that the digest is right.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFor, startHostileRegistry, type HostileRegistry } from './hostile-registry.ts';
import { sha256 } from './images.ts';

export interface UploadRegistry extends AsyncDisposable {
  readonly registry: HostileRegistry;
  /** Blobs by `repository@digest`. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Manifests by `repository:tag`. */
  readonly manifests: ReadonlyMap<string, { readonly bytes: Buffer; readonly type: string | undefined }>;
  /** Bodies of PUT and PATCH: method and number of bytes that arrived. */
  readonly bodies: readonly (readonly [method: string, bytes: number])[];
}

export interface UploadFaults {
  /** Cuts the connection of the so-many-th upload body after this many bytes, keeping them. */
  readonly cuts?: readonly number[];
  /** Asks for pieces. */
  readonly chunkMinLength?: number;
  /** Keeps so many bytes of each piece only. */
  readonly keepsOf?: (bytes: number) => number;
  /** Forgets an upload whose connection was cut. */
  readonly forgets?: boolean;
  /** The largest body that is taken, as a proxy has it. */
  readonly largest?: number;
  /** Status of an answer in place of what would be done; by method and address. */
  readonly status?: (method: string, url: string) => number | undefined;
}

interface Upload {
  readonly repository: string;
  bytes: Buffer;
}

export async function startUploadRegistry(faults: UploadFaults = {}): Promise<UploadRegistry> {
  const registry = await startHostileRegistry();
  const state: State = {
    faults,
    cuts: [...(faults.cuts ?? [])],
    blobs: new Map(),
    manifests: new Map(),
    uploads: new Map(),
    bodies: [],
    next: 1,
  };
  registry.intercept((request, response) => {
    const status = faults.status?.(request.method ?? '', request.url ?? '');
    if (status !== undefined) {
      request.resume();
      response.writeHead(status).end();
      return true;
    }
    const handler = handlerOf(state, request);
    if (handler === undefined) return false;
    handler(response).catch(() => response.destroy());
    return true;
  });
  return { registry, ...state, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

interface State {
  readonly faults: UploadFaults;
  readonly cuts: number[];
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { bytes: Buffer; type: string | undefined }>;
  readonly uploads: Map<string, Upload>;
  readonly bodies: [string, number][];
  next: number;
}

type Handler = (response: ServerResponse) => Promise<void>;

function handlerOf(state: State, request: IncomingMessage): Handler | undefined {
  const url = new URL(request.url ?? '', 'http://x');
  const [, repository = '', rest = ''] = /^\/v2\/(.+?)\/((?:blobs|manifests)\/.*)$/.exec(url.pathname) ?? [];
  if (repository === '') return undefined;
  if (isFor(request, /\/blobs\/uploads\/$/)) return (response) => begin(state, repository, url, request, response);
  if (rest.startsWith('blobs/uploads/')) return (response) => proceed(state, url, rest.slice(14), request, response);
  if (rest.startsWith('blobs/') && request.method === 'HEAD') {
    const there = state.blobs.has(`${repository}@${rest.slice(6)}`);
    return (response) => answer(response, there ? 200 : 404);
  }
  if (rest.startsWith('manifests/') && request.method === 'PUT')
    return async (response) => {
      const bytes = await bodyOf(request);
      state.manifests.set(`${repository}:${rest.slice(10)}`, { bytes, type: request.headers['content-type'] });
      return answer(response, 201, { 'docker-content-digest': sha256(bytes) });
    };
  return undefined;
}

function begin(
  state: State,
  repository: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const [digest, from] = ['mount', 'from'].map((name) => url.searchParams.get(name));
  const mounted = state.blobs.get(`${from ?? ''}@${digest ?? ''}`);
  if (mounted !== undefined) {
    state.blobs.set(`${repository}@${digest ?? ''}`, mounted);
    return answer(response, 201, { location: `/v2/${repository}/blobs/${digest ?? ''}` });
  }
  const id = String(state.next++);
  state.uploads.set(id, { repository, bytes: Buffer.alloc(0) });
  const least = state.faults.chunkMinLength;
  const location = `/v2/${repository}/blobs/uploads/${id}?state=a%2Bb`;
  return answer(response, 202, { location, ...(least === undefined ? {} : { 'oci-chunk-min-length': String(least) }) });
}

async function proceed(
  state: State,
  url: URL,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const upload = state.uploads.get(id);
  const { faults } = state;
  if (Number(request.headers['content-length'] ?? 0) > (faults.largest ?? Infinity)) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  if (upload === undefined || !url.search.includes('state=a%2Bb')) return answer(response, 404);
  const stands = (status: number): Promise<void> =>
    answer(response, status, {
      location: url.pathname + url.search,
      range: `0-${Math.max(0, upload.bytes.length - 1)}`,
    });
  if (request.method === 'GET') return stands(204);
  const start = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
  if (start !== undefined && Number(start) !== upload.bytes.length) return stands(416);
  const { bytes, whole } = await bodyUpTo(request, state.cuts.shift() ?? Infinity);
  state.bodies.push([request.method ?? '', bytes.length]);
  const kept = request.method === 'PATCH' ? (faults.keepsOf?.(bytes.length) ?? bytes.length) : bytes.length;
  upload.bytes = Buffer.concat([upload.bytes, bytes.subarray(0, kept)]);
  if (!whole) {
    if (faults.forgets === true) state.uploads.delete(id);
    request.socket.destroy();
    return;
  }
  if (request.method === 'PATCH') return stands(202);
  state.uploads.delete(id);
  const digest = url.searchParams.get('digest') ?? '';
  if (sha256(upload.bytes) !== digest) return answer(response, 400);
  state.blobs.set(`${upload.repository}@${digest}`, upload.bytes);
  return answer(response, 201);
}

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): Promise<void> {
  response.writeHead(status, headers).end();
  return Promise.resolve();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return (await bodyUpTo(request, Infinity)).bytes;
}

async function bodyUpTo(request: IncomingMessage, limit: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
    if (size > limit) return { bytes: Buffer.concat(chunks), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}
