import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitProblem, parseLimit, presentLimits } from '../../../../extension/model/limits.ts';
import { ENGLISH } from '../fixtures.ts';

describe('limits as they are typed', () => {
  it('are read', () => {
    assert.deepEqual(parseLimit('memory', '512m'), { memory: 2 ** 29 });
    assert.deepEqual(parseLimit('memory', '1.5 GiB'), { memory: 1.5 * 2 ** 30 });
    assert.deepEqual(parseLimit('cpus', '0.5'), { nanoCpus: 5e8 });
    assert.deepEqual(parseLimit('processes', '100'), { pidsLimit: 100 });
  });

  it('are refused with a sentence each', () => {
    for (const [kind, texts] of [
      ['memory', ['', '5', '1m', '-1g', 'm', '9'.repeat(40)]],
      ['cpus', ['', '0', '0.001', '-1', 'all']],
      ['processes', ['', '0', '-1', '1.5']],
    ] as const)
      for (const text of texts) assert.match(limitProblem(kind, text, ENGLISH) ?? '', /or more\.$/, `${kind} ${text}`);
  });

  it('are found in an inspect answer, whatever it holds', () => {
    assert.deepEqual(presentLimits({ HostConfig: { Memory: 2 ** 29, NanoCpus: 15e8, PidsLimit: 7 } }), {
      memory: '512m',
      cpus: '1.5',
      processes: '7',
    });
    assert.deepEqual(presentLimits({}), { memory: '', cpus: '', processes: '' });
    assert.deepEqual(presentLimits({ HostConfig: { PidsLimit: -1 } }), { memory: '', cpus: '', processes: '' });
  });
});
