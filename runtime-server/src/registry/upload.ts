// One blob to a repository (distribution-spec, "Pushing Blobs"): mounted from another repository, else in one piece, else,
// when that breaks or the registry asks for it, in pieces that are taken up again where the registry says it stands.

import { sleep } from '../base/abort.ts';
import { dataLoss, isCode } from '../base/errors.ts';
import { backoff } from '../base/retry.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import type { Asker, Limits, Question } from './asker.ts';
import { bodyOf, type HttpResponse, type RequestBody } from './http.ts';
import { followable, type RedirectPolicy } from './redirects.ts';
import { retryAfter } from './retry-transport.ts';

export interface OutgoingBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Its bytes from `start` up to, not including, `end`. */
  readonly open: (start: number, end: number) => AsyncIterable<Uint8Array>;
}

export interface UploadOptions {
  /** A repository of the same registry that may have the blob. */
  readonly from?: string | undefined;
  /** How many bytes have gone out; may go back when a connection broke. */
  readonly onBytes?: ((total: number) => void) | undefined;
  readonly onRetry?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface UploadContext {
  readonly asker: Asker;
  readonly limits: Limits;
  readonly policy: RedirectPolicy;
  /** `/v2/team/app/blobs/uploads/`. */
  readonly uploads: string;
  /** Whether the blob is in the repository. */
  readonly has: () => Promise<boolean>;
}

/** How far an upload has come. */
interface Session {
  /** Where its next request goes: the registry gives a new one with each answer. */
  readonly location: string;
  readonly offset: number;
  /** Bytes of one piece; undefined: all in one. */
  readonly piece: number | undefined;
}

type Step = { readonly kind: 'done' } | { readonly kind: 'on'; readonly session: Session } | Failed;

/** Worth another try. */
interface Failed {
  readonly kind: 'failed';
  readonly error: unknown;
  /** Seconds that the registry asks for. */
  readonly pause: number | undefined;
}

const WORTH_IT: readonly number[] = [408, 429, 500, 502, 503, 504];
/** The registry has lost track of the upload, or of where it stands. */
const ASTRAY: readonly number[] = [400, 404, 405, 416];
const TOO_LARGE = 413;

/** Resolves when the registry has the blob. Throws the last failure when it gets no further. */
export async function uploadBlob(
  context: UploadContext,
  blob: OutgoingBlob,
  options: UploadOptions,
): Promise<'pushed' | 'mounted'> {
  const { attempts, firstPause, longestPause } = context.limits;
  let session = await begin(context, blob, options, options.from);
  if (session === 'mounted') return 'mounted';
  for (let barren = 1; ;) {
    const step = await advance(context, blob, session, options);
    if (step.kind === 'done') return 'pushed';
    if (step.kind === 'on') {
      barren = 1;
      session = step.session;
      continue;
    }
    const pause = Math.max(backoff(barren, firstPause, longestPause), (step.pause ?? 0) * 1000);
    if (barren >= attempts || pause > longestPause) throw step.error;
    options.onRetry?.();
    await sleep(pause, options.signal);
    if (await context.has()) return 'pushed'; // only its answer was lost
    const found: Session = await resume(context, blob, session, options);
    barren = found.offset > session.offset ? 1 : barren + 1;
    session = found;
  }
}

// A registry that can't mount begins an upload, as if it had not been asked to.
async function begin(
  context: UploadContext,
  blob: OutgoingBlob,
  { signal, onRetry }: UploadOptions,
  from?: string,
): Promise<Session | 'mounted'> {
  const query = from === undefined ? '' : `?${new URLSearchParams({ mount: blob.digest, from }).toString()}`;
  const question: Question = {
    method: 'POST',
    path: `${context.uploads}${query}`,
    headers: { 'content-type': 'application/octet-stream' },
    body: bodyOf(''),
    signal,
    onRetry,
    accepts: from === undefined ? [202] : [201, 202],
  };
  return context.asker.ask(question, (response) => {
    response.discard();
    if (response.status === 201) return 'mounted';
    return { location: locationOf(context, response), offset: 0, piece: pieceOf(context, response) };
  });
}

/** Sends the next piece, or says that the last one was it. */
async function advance(
  context: UploadContext,
  blob: OutgoingBlob,
  session: Session,
  options: UploadOptions,
): Promise<Step> {
  const { offset, piece } = session;
  const last = piece === undefined || offset === blob.size;
  const end = last ? blob.size : Math.min(blob.size, offset + piece);
  const question: Question = {
    method: last ? 'PUT' : 'PATCH',
    path: last ? withDigest(session.location, blob.digest) : session.location,
    headers: {
      'content-type': 'application/octet-stream',
      ...(last ? {} : { 'content-range': `${offset}-${end - 1}` }),
    },
    body: bodyOfRange(blob, offset, end, options.onBytes),
    signal: options.signal,
    what: `blob ${blob.digest}`,
    accepts: [...(last ? [201, 204] : [202, 204]), ...WORTH_IT, ...ASTRAY, TOO_LARGE],
    once: true,
    patience: context.limits.commit,
  };
  try {
    return await context.asker.ask(question, async (response): Promise<Step> => {
      if (response.status >= 400) return failedOf(context, response, question, session);
      response.discard();
      checkTold(response, blob.digest);
      if (last) return { kind: 'done' };
      const stands = standsAt(response, end) ?? end;
      if (stands <= offset)
        return { kind: 'failed', error: dataLoss(`${response.url.host} takes no piece`), pause: undefined };
      return {
        kind: 'on',
        session: { piece, offset: stands, location: locationOf(context, response, session.location) },
      };
    });
  } catch (error) {
    if (!isCode(error, 'Unavailable')) throw error; // a connection that broke
    return { kind: 'failed', error, pause: undefined };
  }
}

async function failedOf(
  { asker }: UploadContext,
  response: HttpResponse,
  question: Question,
  { piece }: Session,
): Promise<Step> {
  const error = await asker.refusal(response, question);
  // What is whole and still refused is refused for good: it is damaged, or too much.
  if (response.status === 400 && question.method === 'PUT') throw error;
  if (response.status === TOO_LARGE && piece !== undefined) throw error;
  return { kind: 'failed', error, pause: retryAfter(response) };
}

/** Where the registry says that the upload stands; else a new one. In pieces from now on. */
async function resume(
  context: UploadContext,
  blob: OutgoingBlob,
  session: Session,
  options: UploadOptions,
): Promise<Session> {
  const piece = session.piece ?? context.limits.piece;
  const { signal } = options;
  const accepts = [200, 204, ...ASTRAY];
  const found = await context.asker.ask({ method: 'GET', path: session.location, signal, accepts }, (response) => {
    response.discard();
    const offset = response.status < 400 ? standsAt(response, blob.size) : undefined;
    return offset === undefined
      ? undefined
      : { piece, offset, location: locationOf(context, response, session.location) };
  });
  if (found !== undefined) return found;
  const anew = await begin(context, blob, options);
  if (anew === 'mounted') throw dataLoss('an upload began with a mount that was not asked for');
  return { ...anew, piece: anew.piece ?? piece };
}

function bodyOfRange(
  blob: OutgoingBlob,
  start: number,
  end: number,
  onBytes: ((total: number) => void) | undefined,
): RequestBody {
  return {
    size: end - start,
    open: async function* () {
      if (start === end) return;
      let total = start;
      for await (const chunk of readable(blob, start, end)) {
        yield chunk;
        total += chunk.length;
        onBytes?.(total);
      }
    },
  };
}

// What this machine's disk does is not to be taken for the network's doing.
async function* readable(blob: OutgoingBlob, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* blob.open(start, end);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw dataLoss(`blob ${blob.digest} can't be read: ${reason}`, { cause: error });
  }
}

// The next request's address; an upload's own address stays when an answer names no other.
function locationOf({ policy }: UploadContext, response: HttpResponse, before?: string): string {
  const location = response.headers['location'] ?? before;
  if (location === undefined) throw dataLoss(`${response.url.host} begins an upload but does not say where`);
  return followable(response.url, location, policy).href;
}

// Appended as text: the query may be signed, and must stay as it is.
function withDigest(location: string, digest: Digest): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

// Pieces must have at least so many bytes, but the last. More at once than a registry asks for is never wrong.
function pieceOf({ limits }: UploadContext, response: HttpResponse): number | undefined {
  const least = response.headers['oci-chunk-min-length'];
  return least !== undefined && /^\d{1,12}$/.test(least) && Number(least) > 0
    ? Math.max(limits.piece, Number(least))
    : undefined;
}

// `Range: 0-N`, the last byte that is there. `0-0` is also how nothing at all is said.
function standsAt(response: HttpResponse, sent: number): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers['range'] ?? '')?.[1];
  if (last === undefined) return undefined;
  const offset = last === '0' && sent !== 1 ? 0 : Number(last) + 1;
  if (offset > sent) throw dataLoss(`${response.url.host} claims to have more of the layer than was sent`);
  return offset;
}

/** A registry that says that it keeps other bytes than it was sent keeps others. */
export function checkTold(response: HttpResponse, digest: Digest): void {
  const told = response.headers['docker-content-digest'];
  if (told === undefined || !isDigest(told) || told === digest) return;
  throw dataLoss(`${response.url.host} keeps ${told} in place of ${digest}`);
}
