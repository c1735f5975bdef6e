import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutAlias } from '../../../../runtime-server/src/api/cli/aliases.ts';
import { COMMANDS, findCommand } from '../../../../runtime-server/src/api/cli/commands.ts';
import { parseFilters } from '../../../../runtime-server/src/api/cli/filters.ts';
import { parseMoment } from '../../../../runtime-server/src/api/cli/moments.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const moment = (text: string): string => parseMoment(text, NOW, '--since').toISOString();

describe('moments', () => {
  it('are durations back, seconds, or dates', () => {
    assert.equal(moment('10m'), '2026-05-01T11:50:00.000Z');
    assert.equal(moment('1h30m'), '2026-05-01T10:30:00.000Z');
    assert.equal(moment('1.5s'), '2026-05-01T11:59:58.500Z');
    assert.equal(moment('1136073845'), '2006-01-01T00:04:05.000Z');
    assert.equal(moment('2006-01-02T15:04:05Z'), '2006-01-02T15:04:05.000Z');
    assert.equal(moment('2006-01-02T15:04:05.5+02:00'), '2006-01-02T13:04:05.500Z');
    assert.equal(moment('2006-01-02'), new Date('2006-01-02T00:00:00').toISOString());
  });

  it('are refused when they are neither', () => {
    for (const text of ['', 'yesterday', '10 m', '-5m', '5d', '2006-13-45', '1h2']) {
      assert.throws(() => moment(text), { code: 'InvalidArgument', message: /for --since: neither a duration/ }, text);
    }
  });
});

describe('filters', () => {
  it('gather labels and the age', () => {
    const texts = ['label=a', 'label=b=c=d', 'label!=keep', 'until=10m', 'dangling=false'];
    assert.deepEqual(parseFilters(texts, NOW), {
      filter: { labels: ['a', 'b=c=d'], withoutLabels: ['keep'], until: '2026-05-01T11:50:00.000Z' },
      dangling: false,
    });
    assert.deepEqual(parseFilters([], NOW), { filter: { labels: [], withoutLabels: [] } });
  });

  it('refuse what they don’t know', () => {
    for (const text of ['name=x', 'until', 'dangling=maybe', '=x', 'until=soon'])
      assert.throws(() => parseFilters([text], NOW), { code: 'InvalidArgument' }, text);
  });
});

describe('second names', () => {
  it('stand for words that are commands', () => {
    assert.deepEqual(withoutAlias(['image', 'ls', '-q']), ['images', '-q']);
    assert.deepEqual(withoutAlias(['container', 'inspect', 'x']), ['inspect', '--type', 'container', 'x']);
    assert.deepEqual(withoutAlias(['check', '--repair']), ['system', 'check', '--repair']);
    assert.deepEqual(withoutAlias(['image']), ['image']);
    assert.equal(findCommand(['image', 'prune', '-f'])?.command.name, 'image prune');
    assert.deepEqual(findCommand(['image', 'rm', 'x'])?.rest, ['x']);
    assert.equal(findCommand(['image', 'nope']), undefined);
    assert.equal(findCommand([]), undefined);
  });

  it('hide no command', () => {
    for (const { name } of COMMANDS) assert.equal(findCommand(name.split(' '))?.command.name, name);
  });
});
