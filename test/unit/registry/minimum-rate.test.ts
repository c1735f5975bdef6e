import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transport } from '../../../runtime-server/src/registry/http.ts';
import { withMinimumRate } from '../../../runtime-server/src/registry/minimum-rate.ts';

/** Reads a body of `chunks` bytes each that comes every `pause` ms, taking `work` ms for each piece, by a made-up clock. */
async function read(chunks: number, bytes: number, pause: number, work: number): Promise<number> {
  let time = 0;
  const transport: Transport = ({ url }) =>
    Promise.resolve({
      status: 200,
      headers: {},
      url,
      body: (async function* () {
        for (let i = 0; i < chunks; i += 1) {
          time += pause;
          yield await Promise.resolve(Buffer.alloc(bytes));
        }
      })(),
      discard: () => undefined,
    });
  const limited = withMinimumRate(transport, { window: 30_000, rate: 1024, now: () => time });
  const response = await limited({ method: 'GET', url: new URL('https://r.example/x'), headers: {} });
  let total = 0;
  for await (const chunk of response.body) {
    total += chunk.length;
    time += work;
  }
  return total;
}

describe('withMinimumRate', () => {
  it('refuses what comes slower', async () => {
    await assert.rejects(read(100, 1, 1000, 0), { code: 'Unavailable', message: 'r.example sends too slowly' });
    await assert.rejects(read(100, 1000, 1000, 0), { code: 'Unavailable' });
  });

  it('takes what comes as fast, and what ends before it can be told', async () => {
    assert.equal(await read(100, 1024, 1000, 0), 102_400);
    assert.equal(await read(20, 1, 1000, 0), 20);
  });

  it('does not count the time that the taker needs', async () => {
    assert.equal(await read(100, 1, 10, 60_000), 100);
  });
});
