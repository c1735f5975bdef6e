import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ago, humanDuration, statusText } from '../../../runtime-server/src/containers/status.ts';

describe('humanDuration', () => {
  // The table of docker's go-units.
  const cases: readonly (readonly [number, string])[] = [
    [0.5, 'Less than a second'],
    [1, '1 second'],
    [45, '45 seconds'],
    [60, 'About a minute'],
    [180, '3 minutes'],
    [3600, 'About an hour'],
    [3 * 3600, '3 hours'],
    [32 * 3600, '32 hours'],
    [3 * 86400, '3 days'],
    [15 * 86400, '2 weeks'],
    [70 * 86400, '2 months'],
    [800 * 86400, '2 years'],
  ];
  for (const [seconds, text] of cases) {
    it(`${seconds} s is ${text}`, () => {
      assert.equal(humanDuration(seconds), text);
    });
  }
});

describe('statusText', () => {
  const now = new Date('2026-01-01T00:10:00Z');
  it('says Docker’s words for each state', () => {
    assert.equal(statusText({ state: 'created' }, now), 'Created');
    assert.equal(statusText({ state: 'running', startedAt: '2026-01-01T00:05:00Z' }, now), 'Up 5 minutes');
    for (const [status, text] of [
      ['starting', 'health: starting'],
      ['healthy', 'healthy'],
    ] as const) {
      const health = { status, failingStreak: 0, log: [] };
      assert.equal(
        statusText({ state: 'running', startedAt: '2026-01-01T00:05:00Z', health }, now),
        `Up 5 minutes (${text})`,
      );
    }
    assert.equal(
      statusText({ state: 'exited', exitCode: 3, finishedAt: '2026-01-01T00:09:58Z' }, now),
      'Exited (3) 2 seconds ago',
    );
    assert.equal(
      statusText({ state: 'restarting', exitCode: 1, finishedAt: '2026-01-01T00:09:55Z' }, now),
      'Restarting (1) 5 seconds ago',
    );
    assert.equal(statusText({ state: 'removing' }, now), 'Removal In Progress');
    assert.equal(statusText({ state: 'dead' }, now), 'Dead');
  });

  it('survives a clock that went back', () => {
    assert.equal(ago('2026-01-01T01:00:00Z', now), 'Less than a second ago');
  });
});
