import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cell } from '../../../runtime-server/src/containers/cell.ts';
import { newRecord } from '../../../runtime-server/src/containers/create.ts';
import { HealthMonitors } from '../../../runtime-server/src/containers/health-monitors.ts';
import { FakeClock, IMAGE } from './scene.ts';

const STARTED = '2026-01-01T00:00:02Z';
const OPTIONS = { image: 'alpine', health: { test: ['CMD', 'look'], interval: 1e9, timeout: 2e9, retries: 1 } };

/** A running container with a check, whose probes end as the test says. */
function scene(options = OPTIONS): {
  readonly cell: Cell;
  readonly clock: FakeClock;
  readonly monitors: HealthMonitors;
  readonly told: (string | undefined)[];
  readonly probes: PromiseWithResolvers<{ exitCode: number; output: string }>[];
  readonly signals: AbortSignal[];
} {
  const identity = { id: 'a'.repeat(64), name: 'web', created: STARTED };
  const cell = new Cell(newRecord(options, IMAGE, identity));
  cell.setRun({ state: 'running', startedAt: STARTED });
  const clock = new FakeClock();
  const told: (string | undefined)[] = [];
  const probes: PromiseWithResolvers<{ exitCode: number; output: string }>[] = [];
  const signals: AbortSignal[] = [];
  const monitors = new HealthMonitors({
    schedule: clock.schedule,
    now: () => new Date(STARTED),
    log: { info: () => undefined, warn: () => undefined, error: assert.ifError },
    probe: (_cell, _check, signal) => {
      signals.push(signal);
      const probe = Promise.withResolvers<{ exitCode: number; output: string }>();
      signal.addEventListener('abort', () => {
        probe.resolve({ exitCode: -1, output: 'so far' });
      });
      probes.push(probe);
      return probe.promise;
    },
    onStatus: ({ record }) => told.push(record.run.health?.status),
  });
  return { cell, clock, monitors, told, probes, signals };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('health monitors', () => {
  it('probe at the interval, one after the other, and tell a status that changed', async () => {
    const { cell, clock, monitors, told, probes } = scene();
    monitors.follow(cell);
    monitors.follow(cell);
    assert.deepEqual([clock.waits, cell.record.run.health?.status], [[1000], 'starting']);
    for (const exitCode of [0, 0, 1]) {
      clock.advance(1000);
      probes.at(-1)?.resolve({ exitCode, output: '' });
      await settled();
    }
    assert.deepEqual([told, probes.length, clock.count], [['healthy', 'unhealthy'], 3, 1]);
  });

  it('kill a probe that takes too long: that is a failure', async () => {
    const { cell, clock, monitors, signals } = scene();
    monitors.follow(cell);
    clock.advance(1000);
    clock.advance(2000);
    await settled();
    assert.ok(signals[0]?.aborted);
    assert.deepEqual(
      cell.record.run.health?.log.map(({ exitCode, output }) => [exitCode, output]),
      [[-1, 'Health check exceeded timeout (2s): so far']],
    );
  });

  it('stop with the container, in the middle of a probe too, and go on after a pause', async () => {
    const { cell, clock, monitors, probes, signals } = scene();
    monitors.follow(cell);
    clock.advance(1000);
    cell.setPaused(true);
    monitors.follow(cell);
    await settled();
    assert.ok(signals[0]?.aborted);
    assert.deepEqual([clock.count, cell.record.run.health?.log], [0, []]);
    cell.setPaused(false);
    monitors.follow(cell);
    assert.equal(clock.count, 1);
    monitors.close();
    assert.deepEqual([clock.count, probes.length], [0, 1]);
  });

  it('cost nothing without a check', () => {
    const { cell, clock, monitors } = scene({ image: 'alpine' } as typeof OPTIONS);
    monitors.follow(cell);
    assert.deepEqual([clock.waits, cell.record.run.health], [[], undefined]);
  });
});
