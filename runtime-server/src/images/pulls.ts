// The pulls going on: one per reference and platform, whoever asks for it; all ended when the server closes.

import type { PullResult } from '../../protocol/methods.ts';
import { createGoing, createSingleFlight } from '../base/mutex.ts';
import { printable } from '../base/validate.ts';
import { formatPlatform, parsePlatform, type Platform } from '../oci/platform.ts';
import { canonical, parseReference, withDefaultTag, type Reference } from '../oci/reference.ts';
import { during } from './failure.ts';
import type { Images, PullOptions } from './images.ts';
import { createLayoutSource } from './layout.ts';
import { createProgressHubs } from './progress.ts';
import { pullImage, type PullContext, type RemoteSource } from './pull.ts';

export interface PullsOptions {
  readonly context: PullContext;
  readonly hostPlatform: Platform;
  readonly registry: () => Promise<{ repository(reference: Reference): Promise<RemoteSource> }>;
}

export interface Pulls extends Pick<Images, 'pull' | 'importLayout'> {
  /** Cancels all and waits until they have cleaned up. */
  stop(): Promise<void>;
}

export function createPulls({ context, hostPlatform, registry }: PullsOptions): Pulls {
  const flights = createSingleFlight<PullResult>();
  const hubs = createProgressHubs();
  const going = createGoing();

  const fly = (
    key: string,
    task: (signal: AbortSignal) => Promise<PullResult>,
    leaving: AbortSignal | undefined,
  ): Promise<PullResult> => going.run((signal) => flights.run(key, task, signal), leaving);

  const pull = async (text: string, options: PullOptions): Promise<PullResult> => {
    const typed = parseReference(text, 'pull');
    const reference = exact(typed);
    const { platform: wanted, onProgress, signal: leaving } = options;
    const platform = wanted === undefined ? hostPlatform : parsePlatform(wanted, hostPlatform, 'platform');
    const key = `${canonical(reference)} ${formatPlatform(platform)}`;
    const defaultTag = typed.tag === undefined && typed.digest === undefined;
    const source = async (): Promise<RemoteSource> => (await registry()).repository(reference);
    using hub = hubs.join(key, onProgress);
    const task = (signal: AbortSignal): Promise<PullResult> => {
      hub.restart({ kind: 'resolving', reference: canonical(reference), defaultTag });
      return pullImage(context, { reference, platform, action: 'pull', source, emit: hub.emit, signal });
    };
    return await fly(key, task, leaving);
  };

  const importLayout = (directory: string, text: string, leaving: AbortSignal | undefined): Promise<PullResult> => {
    const reference = exact(parseReference(text, 'import'));
    const source = (): Promise<RemoteSource> => Promise.resolve(createLayoutSource(directory));
    const job = { reference, platform: hostPlatform, action: 'import' as const, source, emit: () => undefined };
    return fly(`import ${canonical(reference)}`, (signal) => pullImage(context, { ...job, signal }), leaving);
  };

  return {
    pull: (text, options = {}) => during(`pull ${printable(text)}`, () => pull(text, options)),
    importLayout: (directory, text, options = {}) =>
      during(`import ${printable(text)}`, async () => importLayout(directory, text, options.signal)),
    stop: () => going.stop(),
  };
}

// A digest says all: a tag beside it is not looked at, as with Docker.
function exact(typed: Reference): Reference {
  const { registry, repository, digest } = typed;
  return digest === undefined ? withDefaultTag(typed) : { registry, repository, digest };
}
