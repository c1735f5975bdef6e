import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  createKeyedMutex,
  createLimiter,
  createSingleFlight,
  inTurns,
} from '../../../runtime-server/src/base/mutex.ts';

describe('a keyed mutex', () => {
  it('runs tasks of one key in order, also after a failure, and of several keys side by side', async () => {
    const mutex = createKeyedMutex();
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const first = mutex.run('a', async () => {
      await gate.promise;
      log.push('a1');
      throw new Error('a1');
    });
    const second = mutex.run('a', () => Promise.resolve(log.push('a2')));
    await mutex.run('b', () => Promise.resolve(log.push('b')));
    gate.resolve(undefined);
    await assert.rejects(first, /a1/);
    await second;
    assert.deepEqual(log, ['b', 'a1', 'a2']);
  });
});

describe('a limiter', () => {
  it('runs only so many at once, in order', async () => {
    const limiter = createLimiter(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4].map((item) =>
        limiter.run(async () => {
          order.push(item);
          most = Math.max(most, (running += 1));
          await turn();
          running -= 1;
        }),
      ),
    );
    assert.deepEqual([most, order], [2, [0, 1, 2, 3, 4]]);
  });

  it('lets a waiting task be aborted, and loses no place', async () => {
    const limiter = createLimiter(1);
    const gate = Promise.withResolvers<undefined>();
    const first = limiter.run(() => gate.promise);
    const controller = new AbortController();
    const second = limiter.run(() => Promise.resolve('never'), controller.signal);
    const third = limiter.run(() => Promise.resolve('third'));
    controller.abort();
    await assert.rejects(second, { name: 'AbortError' });
    gate.resolve(undefined);
    await first;
    assert.equal(await third, 'third');
    assert.equal(await limiter.run(() => Promise.resolve('free')), 'free');
  });
});

describe('a single flight', () => {
  it('runs once for all who ask', async () => {
    const flights = createSingleFlight<number>();
    let runs = 0;
    const task = async (): Promise<number> => {
      runs += 1;
      await turn();
      return runs;
    };
    assert.deepEqual(
      await Promise.all([flights.run('k', task), flights.run('k', task), flights.run('other', task)]),
      [2, 2, 2],
    );
  });

  it('goes on while one is left; ends, and is waited for, when the last has gone', async () => {
    const flights = createSingleFlight<string>();
    const done = Promise.withResolvers<undefined>();
    let aborted = false;
    let cleaned = false;
    const task = async (signal: AbortSignal): Promise<string> => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await done.promise;
      cleaned = true;
      signal.throwIfAborted();
      return 'value';
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const first = flights.run('k', task, one.signal);
    const second = flights.run('k', task, two.signal);
    one.abort();
    await assert.rejects(first, { name: 'AbortError' });
    assert.equal(aborted, false);
    two.abort();
    assert.equal(aborted, true);
    const next = flights.run('k', () => Promise.resolve('anew'));
    await turn();
    done.resolve(undefined);
    await assert.rejects(second, { name: 'AbortError' });
    assert.equal(cleaned, true, 'the last one waited');
    assert.equal(await next, 'anew', 'who comes during the end begins anew');
  });

  it('gives a failure to all', async () => {
    const flights = createSingleFlight<never>();
    const fail = (): Promise<never> => Promise.reject(new Error('x'));
    const outcomes = await Promise.allSettled([flights.run('k', fail), flights.run('k', fail)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['rejected', 'rejected'],
    );
  });
});

describe('a long row of short things', () => {
  it('is done in order, with turns for others between', async () => {
    const done: number[] = [];
    const seen: number[] = [];
    const items = Array.from({ length: 200 }, (_, index) => index);
    const all = inTurns(items, (item) => void done.push(item));
    for (let index = 0; index < 3; index++) {
      seen.push(done.length);
      await turn();
    }
    await all;
    assert.deepEqual(done, items);
    assert.ok(new Set(seen).size > 1, `others had their turns after ${seen.join(', ')}`);
  });
});
