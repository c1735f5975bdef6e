import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allow, isActive, isLive, STATES, type Move } from '../../../runtime-server/src/containers/states.ts';

/** What docker 27 does: `+` goes, `.` nothing to do, else the beginning of the reason. States in the order of STATES. */
const TABLE: Readonly<Record<Move, readonly string[]>> = {
  start: ['+', '.', 'cannot start a paused', '.', 'the container is marked', '+', 'its record'],
  stop: ['.', '+', '+', '+', '.', '.', '.'],
  restart: ['+', '+', '+', '+', 'the container is marked', '+', 'its record'],
  kill: row('the container is not running', { running: '+', paused: '+', restarting: '+' }),
  pause: row('the container is not running', {
    running: '+',
    paused: 'the container is already paused',
    restarting: 'the container is restarting, wait',
  }),
  unpause: row('the container is not paused', { paused: '+' }),
  exec: row('the container is not running', {
    running: '+',
    paused: 'the container is paused, unpause',
    restarting: 'the container is restarting, wait',
  }),
  attach: row('the container is not running', {
    running: '+',
    paused: 'you cannot attach to a paused',
    restarting: 'you cannot attach to a restarting',
  }),
  top: row('the container is not running', {
    running: '+',
    paused: '+',
    restarting: 'the container is restarting, wait',
  }),
  remove: ['+', 'it is running', 'it is paused', 'it is restarting', 'its removal is already', '+', '+'],
  rename: ['+', '+', '+', '+', 'the container is marked', '+', 'its record'],
  update: ['+', '+', '+', '+', 'the container is marked', '+', 'its record'],
  snapshot: ['+', '+', '+', '+', 'the container is marked', '+', 'its record'],
  fork: ['+', '+', '+', '+', 'the container is marked', '+', 'its record'],
  rewind: ['+', 'it is running', 'it is paused', 'it is restarting', 'the container is marked', '+', 'its record'],
};

function row(otherwise: string, by: Readonly<Record<string, string>>): readonly string[] {
  return STATES.map((state) => by[state] ?? otherwise);
}

describe('states', () => {
  it('are docker’s', () => {
    assert.deepEqual(STATES, ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);
    assert.deepEqual(STATES.filter(isLive), ['running', 'paused']);
    assert.deepEqual(STATES.filter(isActive), ['running', 'paused', 'restarting']);
  });

  for (const [move, verdicts] of Object.entries(TABLE) as [Move, readonly string[]][])
    it(`${move} goes, does nothing or is refused with the reason`, () => {
      for (const [index, state] of STATES.entries()) {
        const verdict = verdicts[index] ?? '';
        const ask = (): boolean => allow(move, { name: 'web', state });
        if (verdict === '+' || verdict === '.') assert.equal(ask(), verdict === '+', state);
        else assert.throws(ask, (error: Error) => error.message.includes(`web: ${verdict}`), `${move} ${state}`);
      }
    });

  it('say what helps', () => {
    const ask = (): boolean => allow('remove', { name: 'web', state: 'running' });
    assert.throws(ask, { code: 'Conflict', hint: 'Stop it first: slipway stop web, or use -f.' });
  });
});
