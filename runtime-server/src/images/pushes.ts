// The pushes going on: from what was typed to one push per tag; all ended when the server closes.

import type { PushedTag } from '../../protocol/methods.ts';
import { invalidArgument } from '../base/errors.ts';
import { createGoing } from '../base/mutex.ts';
import { printable } from '../base/validate.ts';
import { canonical, parseReference, repositoryName, withDefaultTag, type Reference } from '../oci/reference.ts';
import type { Destination } from '../registry/destination.ts';
import { during } from './failure.ts';
import type { Images, PushOptions } from './images.ts';
import { pushImage, refsToPush, type PushContext } from './push.ts';

export interface PushesOptions extends PushContext {
  readonly registry: () => Promise<{
    destination(reference: Reference, from: readonly string[]): Promise<Destination>;
  }>;
}

export interface Pushes extends Pick<Images, 'push'> {
  /** Cancels all and waits until they have ended. */
  stop(): Promise<void>;
}

export function createPushes(options: PushesOptions): Pushes {
  const going = createGoing();
  const push = async (text: string, how: PushOptions, signal: AbortSignal): Promise<readonly PushedTag[]> => {
    const { catalog, registry } = options;
    const { allTags = false, onProgress: emit = () => undefined } = how;
    const typed = parseReference(text, 'push');
    refuse(typed, allTags);
    await catalog.ready();
    const reference = withDefaultTag(typed);
    const defaultTag = typed.tag === undefined && !allTags;
    emit({ kind: 'resolving', reference: allTags ? repositoryName(typed) : canonical(reference), defaultTag });
    const pushed: PushedTag[] = [];
    for (const ref of refsToPush(catalog, reference, allTags)) {
      const destination = async (from: readonly string[]): Promise<Destination> =>
        (await registry()).destination(ref.reference, from);
      pushed.push(await pushImage(options, { ref, destination, emit, signal }));
    }
    return pushed;
  };
  return {
    push: (text, how = {}) =>
      during(`push ${printable(text)}`, () => going.run((signal) => push(text, how, signal), how.signal)),
    stop: () => going.stop(),
  };
}

function refuse({ tag, digest }: Reference, allTags: boolean): void {
  if (digest !== undefined) throw invalidArgument("a digest can't be pushed to", { hint: 'Name a tag after a colon.' });
  if (allTags && tag !== undefined) throw invalidArgument("a tag can't be used with --all-tags/-a");
}
