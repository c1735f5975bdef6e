// The methods about the server, the machine and the store. Knows the wire types and the engine, no connection.

import type { Engine } from '../../engine/engine.ts';
import type { Handlers, Method } from './handlers.ts';

export function systemHandlers(engine: Engine): Handlers<Extract<Method, `slipway/system/${string}`>> {
  return {
    'slipway/system/version': () => engine.version(),
    'slipway/system/doctor': () => engine.doctor(),
    'slipway/system/events': ({ epoch, since }) => engine.eventsSince(epoch, since),
    'slipway/system/usage': () => engine.usage(),
    'slipway/system/check': ({ repair }, signal) => engine.check({ repair: repair ?? false, signal }),
  };
}
