// A transport whose bodies must come with a minimum speed: a registry that drips a byte now and then would hold a pull for
// ever without ever being silent. Knows no undici: silence is the innermost transport's time-out.

import { unavailable } from '../base/errors.ts';
import type { HttpResponse, Transport } from './http.ts';

export interface MinimumRate {
  /** Milliseconds of waiting over which the speed is averaged. */
  readonly window: number;
  /** Bytes per second. */
  readonly rate: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Bodies end with Unavailable when they come slower. The time that the taker of the bytes needs does not count. */
export function withMinimumRate(next: Transport, limit: MinimumRate): Transport {
  return async (request) => {
    const response = await next(request);
    return { ...response, body: paced(response, limit) };
  };
}

async function* paced(response: HttpResponse, limit: MinimumRate): AsyncGenerator<Uint8Array, void, undefined> {
  const now = limit.now ?? ((): number => performance.now());
  const least = (limit.rate * limit.window) / 1000;
  let waited = 0;
  let bytes = 0;
  let asked = now();
  for await (const chunk of response.body) {
    waited += now() - asked;
    bytes += chunk.length;
    if (waited >= limit.window) {
      if (bytes < least) throw tooSlow(response);
      waited = bytes = 0;
    }
    yield chunk;
    asked = now();
  }
}

function tooSlow({ url }: HttpResponse): Error {
  return unavailable(`${url.host} sends too slowly`, {
    hint: 'Check the network, or try again later.',
    detail: { host: url.host },
  });
}
