import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EngineEvent } from '../../../../runtime-server/protocol/events.ts';
import { eventJson, eventLine } from '../../../../runtime-server/src/api/cli/commands/events.ts';
import { parseEventFilter } from '../../../../runtime-server/src/api/cli/event-filter.ts';

const NUMBERED = { sequence: 1, epoch: 'e', time: '2026-01-01T00:00:01.250Z' };
const START: EngineEvent = {
  ...NUMBERED,
  type: 'container',
  action: 'start',
  id: 'ab12',
  attributes: { name: 'web', image: 'alpine:3.20', tier: 'front', evil: '\u001b[31m' },
};
const HEALTH: EngineEvent = { ...START, action: 'health_status', detail: 'healthy' };
const PULL: EngineEvent = {
  ...NUMBERED,
  type: 'image',
  action: 'pull',
  id: 'sha256:cd34',
  attributes: { name: 'alpine:3.20' },
};

describe('events', () => {
  it('are docker’s lines, with attributes by name and nothing that a terminal obeys', () => {
    const line = eventLine(HEALTH);
    assert.match(line, /^2026-01-0\dT\d\d:\d\d:01\.250000000(Z|[+-]\d\d:\d\d) /);
    assert.equal(
      line.slice(line.indexOf(' ') + 1),
      'container health_status: healthy ab12 (evil=\\x1b[31m, image=alpine:3.20, name=web, tier=front)',
    );
  });

  it('are docker’s objects', () => {
    assert.deepEqual(eventJson(PULL), {
      status: 'pull',
      id: 'sha256:cd34',
      Type: 'image',
      Action: 'pull',
      Actor: { ID: 'sha256:cd34', Attributes: { name: 'alpine:3.20' } },
      scope: 'local',
      time: 1_767_225_601,
      timeNano: 1_767_225_601_250_000_000,
    });
    assert.equal(eventJson(START).from, 'alpine:3.20');
  });

  for (const [filters, start, health, pull] of [
    [[], true, true, true],
    [['type=image'], false, false, true],
    [['event=start', 'event=pull'], true, false, true],
    [['event=health_status'], false, true, false],
    [['event=health_status: healthy'], false, true, false],
    [['container=web'], true, true, false],
    [['container=ab'], true, true, false],
    [['container=other'], false, false, false],
    [['image=alpine'], true, true, true],
    [['image=alpine', 'type=container', 'event=start'], true, false, false],
    [['image=sha256:cd'], false, false, true],
    [['label=tier'], true, true, false],
    [['label=tier=front'], true, true, false],
    [['label=tier=back'], false, false, false],
  ] as const)
    it(`that fit ${JSON.stringify(filters)}`, () => {
      const suits = parseEventFilter(filters);
      assert.deepEqual([START, HEALTH, PULL].map(suits), [start, health, pull]);
    });

  it('refuse a filter that there is not', () => {
    for (const odd of ['colour=red', 'event', 'constructor=x'])
      assert.throws(() => parseEventFilter([odd]), { code: 'InvalidArgument' }, odd);
  });
});
