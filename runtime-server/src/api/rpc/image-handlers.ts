// The methods about images and registries. Knows the wire types and the engine, no connection.

import type { Notifications } from '../../../protocol/methods.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ArchiveMethod } from './archive-handlers.ts';
import type { Handlers, Method } from './handlers.ts';

type ImageMethod = Exclude<Extract<Method, `slipway/images/${string}` | `slipway/registries/${string}`>, ArchiveMethod>;

/** `tell` notifies the window of progress. */
export function imageHandlers(
  engine: Engine,
  tell: (progress: Notifications['slipway/images/progress']) => void,
): Handlers<ImageMethod> {
  const { images } = engine;
  return {
    'slipway/images/list': () => images.list(),
    'slipway/images/pull': ({ reference, platform, operation }, signal) =>
      engine.pull(reference, {
        platform,
        signal,
        onProgress: (progress) => {
          tell({ operation, progress });
        },
      }),
    'slipway/images/push': ({ reference, allTags, operation }, signal) =>
      images.push(reference, {
        allTags,
        signal,
        onProgress: (progress) => {
          tell({ operation, progress });
        },
      }),
    'slipway/images/tag': async ({ image, reference }) => {
      await images.tag(image, reference);
      return {};
    },
    'slipway/images/remove': ({ image, force }) => engine.removeImage(image, force ?? false),
    'slipway/images/inspect': ({ image }) => images.inspect(image),
    'slipway/images/prune': ({ all, ...filter }) => engine.pruneImages({ ...filter, all: all ?? false }),
    'slipway/registries/search': ({ term, limit }, signal) => images.search(term, { limit, signal }),
    'slipway/registries/login': ({ server, username, password }, signal) =>
      images.logins.login(server, { username, password }, { signal }),
    'slipway/registries/logout': ({ server }) => images.logins.logout(server),
    'slipway/registries/list': () => images.logins.list(),
  };
}
