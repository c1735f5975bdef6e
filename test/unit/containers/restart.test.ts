import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunState } from '../../../runtime-server/src/containers/record.ts';
import {
  afterEnd,
  afterServerStart,
  parseRestartPolicy,
  type Restarts,
} from '../../../runtime-server/src/containers/restart.ts';

function ended(changes: Partial<RunState> = {}, seconds = 1): RunState {
  const startedAt = '2026-01-01T00:00:00Z';
  const finishedAt = new Date(Date.parse(startedAt) + seconds * 1000).toISOString();
  return { state: 'exited', exitCode: 1, boot: 'one', startedAt, finishedAt, ...changes };
}

/** The state after one more run that went the same way. */
function next(policy: string, restarts: Restarts | undefined, seconds = 1): Restarts | undefined {
  return afterEnd(parseRestartPolicy(policy), ended(restarts === undefined ? {} : { restarts }, seconds));
}

describe('restart policies', () => {
  it('are read as docker reads them', () => {
    assert.deepEqual(parseRestartPolicy(''), { name: 'no', maximumRetryCount: 0 });
    assert.deepEqual(parseRestartPolicy('on-failure:3'), { name: 'on-failure', maximumRetryCount: 3 });
    for (const [text, reason] of [
      ['often', /unknown policy "often"; use one of/],
      ['always:3', /maximum retry count can only be used with "on-failure"/],
      ['on-failure:-1', /must be an integer, not negative/],
      ['on-failure:1:2', /unknown policy/],
    ] as const)
      assert.throws(() => parseRestartPolicy(text), reason);
  });

  it('wait 100 ms at first, twice as long each time, a minute at most', () => {
    const delays: number[] = [];
    let restarts: Restarts | undefined;
    for (let round = 0; round < 12; round++) {
      restarts = next('always', restarts);
      delays.push(restarts?.delay ?? -1);
    }
    assert.deepEqual(delays.slice(0, 4), [100, 200, 400, 800]);
    assert.deepEqual(delays.slice(-3), [51_200, 60_000, 60_000]);
    assert.equal(restarts?.count, 12);
  });

  it('wait anew after a run of ten seconds, and go on counting', () => {
    assert.deepEqual(next('always', { count: 5, delay: 3200 }, 10), { count: 6, delay: 100 });
    assert.deepEqual(next('always', { count: 5, delay: 3200 }, 9.9), { count: 6, delay: 6400 });
  });

  it('only take a clock that went back for a short run', () => {
    assert.deepEqual(next('always', { count: 1, delay: 100 }, -3600), { count: 2, delay: 200 });
  });

  it('start after what they say', () => {
    const started = (policy: string, changes: Partial<RunState>): boolean =>
      afterEnd(parseRestartPolicy(policy), ended(changes)) !== undefined;
    assert.ok(!started('no', {}));
    assert.ok(started('always', { exitCode: 0 }) && started('unless-stopped', { exitCode: 0 }));
    assert.ok(started('on-failure', {}) && !started('on-failure', { exitCode: 0 }));
    assert.ok(started('on-failure:2', { restarts: { count: 1, delay: 100 } }));
    assert.ok(!started('on-failure:2', { restarts: { count: 2, delay: 100 } }));
    for (const policy of ['always', 'unless-stopped', 'on-failure']) assert.ok(!started(policy, { stopped: true }));
  });

  it('a new server on the same boot goes on with what waited, and with nothing else', () => {
    const always = parseRestartPolicy('always');
    assert.ok(afterServerStart(always, ended({ state: 'restarting' }), 'one'));
    assert.ok(!afterServerStart(always, ended(), 'one'));
    assert.ok(!afterServerStart(always, { state: 'created' }, 'one'));
  });

  it('after a reboot start what was to run always, and unless stopped what was not stopped', () => {
    const starts = (policy: string, run: RunState): boolean => afterServerStart(parseRestartPolicy(policy), run, 'two');
    assert.ok(starts('always', ended()) && starts('always', ended({ stopped: true })));
    assert.ok(starts('unless-stopped', ended()) && !starts('unless-stopped', ended({ stopped: true })));
    assert.ok(!starts('on-failure', ended()) && !starts('no', ended()));
    assert.ok(!starts('always', { state: 'created' }), 'it was never started');
  });
});
