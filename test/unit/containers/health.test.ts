import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  afterProbe,
  healthCheckOf,
  NEW_HEALTH,
  probeArguments,
  probeDelay,
  probeTimeout,
  type Health,
} from '../../../runtime-server/src/containers/health.ts';

const SECOND = 1e9;
const check = healthCheckOf({ test: ['CMD', 'true'], retries: 2, startPeriod: 10 * SECOND }) ?? assert.fail();

function probed(before: Health, exitCode: number, up = 20_000): Health {
  return afterProbe(check, before, { start: '', end: '', exitCode, output: '' }, up);
}

describe('health check', () => {
  it('is what was asked for, and the image’s where nothing was', () => {
    const image = { Test: ['CMD-SHELL', 'look'], Interval: 5 * SECOND, Retries: 7 };
    assert.deepEqual(healthCheckOf(undefined, image), {
      test: ['CMD-SHELL', 'look'],
      interval: 5 * SECOND,
      retries: 7,
    });
    assert.deepEqual(healthCheckOf({ retries: 1 }, image)?.retries, 1);
    assert.equal(healthCheckOf({ test: ['NONE'] }, image), undefined);
    assert.equal(healthCheckOf(undefined, { Test: [] }), undefined);
    assert.equal(healthCheckOf({ interval: SECOND }), undefined, 'nothing to run');
  });

  it('refuses what makes no sense', () => {
    const test = ['CMD', 'true'];
    assert.throws(() => healthCheckOf({ test, interval: 10 }), /interval cannot be less than 1ms/);
    assert.throws(() => healthCheckOf({ test, retries: -1 }), /retries cannot be negative/);
    assert.equal(healthCheckOf(undefined, { Test: ['RUN', 'x'] }), undefined, 'an image’s is passed over');
    for (const odd of [['CMD'], ['RUN', 'x']]) assert.throws(() => healthCheckOf({ test: odd }), /neither CMD/);
  });

  it('runs words as they are, and a line in the image’s shell', () => {
    assert.deepEqual(probeArguments({ test: ['CMD', 'a', 'b'] }), ['a', 'b']);
    assert.deepEqual(probeArguments({ test: ['CMD-SHELL', 'a b'] }), ['/bin/sh', '-c', 'a b']);
    assert.deepEqual(probeArguments({ test: ['CMD-SHELL', 'a b'], shell: ['/bin/bash', '-ec'] }).length, 3);
  });

  it('comes each 30 seconds, each 5 in the start period until it is healthy, and may take 30', () => {
    assert.equal(probeTimeout(check), 30_000);
    assert.equal(probeDelay(check, NEW_HEALTH, 0), 5000);
    assert.equal(probeDelay(check, NEW_HEALTH, 10_000), 30_000);
    assert.equal(probeDelay(check, probed(NEW_HEALTH, 0, 0), 0), 30_000);
  });

  it('makes a container unhealthy after so many failures in a row, and healthy with one success', () => {
    const once = probed(NEW_HEALTH, 1);
    assert.deepEqual([once.status, once.failingStreak], ['starting', 1]);
    const twice = probed(once, 1);
    assert.deepEqual([twice.status, twice.failingStreak], ['unhealthy', 2]);
    const well = probed(twice, 0);
    assert.deepEqual([well.status, well.failingStreak], ['healthy', 0]);
    assert.equal(probed(well, 1).status, 'healthy');
  });

  it('counts no failure in the start period of what was never healthy', () => {
    let health = NEW_HEALTH;
    for (let round = 0; round < 9; round++) health = probed(health, 1, 5000);
    assert.deepEqual([health.status, health.failingStreak, health.log.length], ['starting', 0, 5]);
    const well = probed(health, 0, 5000);
    assert.equal(probed(probed(well, 1, 5000), 1, 5000).status, 'unhealthy');
  });
});
