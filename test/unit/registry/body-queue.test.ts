import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyQueue } from '../../../runtime-server/src/registry/body-queue.ts';

function fixture(): { queue: BodyQueue; turns: string[] } {
  const turns: string[] = [];
  const queue = new BodyQueue({
    pause: () => turns.push('pause'),
    resume: () => turns.push('resume'),
    abort: (reason) => turns.push(`abort ${reason.name}`),
  });
  return { queue, turns };
}

const chunk = (size: number): Uint8Array => new Uint8Array(size);

describe('the queue of a body', () => {
  it('hands each chunk on as it is, in order, also to one who waits', async () => {
    const { queue, turns } = fixture();
    const [first, second] = [chunk(3), chunk(4)];
    const iterator = queue[Symbol.asyncIterator]();
    const waiting = iterator.next();
    queue.push(first);
    queue.push(second);
    queue.end();
    assert.equal((await waiting).value, first);
    assert.equal((await iterator.next()).value, second);
    assert.equal((await iterator.next()).done, true);
    assert.deepEqual(turns, []);
  });

  it('pauses the connection while much waits, and resumes it when little does', async () => {
    const { queue, turns } = fixture();
    for (let i = 0; i < 10; i++) queue.push(chunk(64 << 10));
    assert.deepEqual(turns, ['pause']);
    const iterator = queue[Symbol.asyncIterator]();
    for (let i = 0; i < 10; i++) await iterator.next();
    assert.deepEqual(turns, ['pause', 'resume']);
  });

  it('gives what came before a failure, then the failure', async () => {
    const { queue } = fixture();
    queue.push(chunk(1));
    queue.fail(new Error('reset'));
    const iterator = queue[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value?.length, 1);
    await assert.rejects(iterator.next(), /reset/);
  });

  it('gives the connection up when the taker leaves, unless the body is whole', async () => {
    const left = fixture();
    left.queue.push(chunk(1));
    await left.queue[Symbol.asyncIterator]().return?.();
    assert.deepEqual(left.turns, ['abort AbortError']);
    left.queue.push(chunk(1));
    const whole = fixture();
    whole.queue.push(chunk(1));
    whole.queue.end();
    whole.queue.discard();
    assert.deepEqual(whole.turns, []);
  });
});
