import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  limitOptions,
  LIMIT_OPTIONS,
  DEVICE_LIMIT_OPTIONS,
  REFUSED_LIMIT_OPTIONS,
} from '../../../../runtime-server/src/api/cli/commands/limit-options.ts';
import { parseOptions } from '../../../../runtime-server/src/api/cli/options.ts';
import { parseBytes, parseCpus, parseInteger } from '../../../../runtime-server/src/api/cli/quantities.ts';

describe('sizes and numbers', () => {
  it('are read as docker reads them', () => {
    for (const [text, bytes] of [
      ['64m', 67108864],
      ['1.5G', 1610612736],
      ['10', 10],
      ['2kb', 2048],
      ['1 MiB', 1048576],
      ['5b', 5],
    ] as const)
      assert.equal(parseBytes(text, '--x'), bytes, text);
    assert.deepEqual([parseCpus('1.5'), parseCpus('.5'), parseCpus('3/2')], [15e8, 5e8, 15e8]);
    assert.equal(parseInteger('-7', '--x'), -7);
  });

  it('are refused with docker’s sentence', () => {
    for (const bad of ['', 'x', '-1', '1x', '1e3', '9'.repeat(30)])
      assert.throws(() => parseBytes(bad, '-m, --memory'), {
        message: `invalid argument "${bad}" for "-m, --memory" flag: invalid size: '${bad}'`,
      });
    assert.throws(() => parseCpus('all'), /failed to parse all as a rational number/);
    assert.throws(() => parseCpus('0.0000000001'), /value is too precise/);
    assert.throws(() => parseInteger('1.5', '--x'), /parsing "1.5": invalid syntax/);
  });
});

describe('limitOptions', () => {
  const grammar = { options: [...LIMIT_OPTIONS, ...DEVICE_LIMIT_OPTIONS, ...REFUSED_LIMIT_OPTIONS], min: 0 };
  const read = (...argv: string[]): ReturnType<typeof limitOptions> => limitOptions(parseOptions(grammar, argv));

  it('reads all of them', () => {
    assert.deepEqual(
      read(
        '-m',
        '64m',
        '--memory-swap=-1',
        '--cpus',
        '2',
        '-c',
        '5',
        '--pids-limit',
        '-1',
        '--device-read-bps',
        '/dev/a:1mb',
      ),
      {
        memory: 2 ** 26,
        memorySwap: -1,
        nanoCpus: 2e9,
        cpuShares: 5,
        pidsLimit: -1,
        deviceReadBps: [{ path: '/dev/a', rate: 2 ** 20 }],
      },
    );
  });

  it('refuses what cgroup v2 does not have, but not its default', () => {
    assert.throws(
      () => read('--memory-swappiness', '5'),
      /^EngineError: use --memory-swappiness: cgroup v2 has no swappiness/,
    );
    assert.throws(() => read('--oom-kill-disable'), /use --oom-kill-disable/);
    assert.deepEqual(read('--memory-swappiness=-1'), {});
    for (const bad of ['/dev/a', '/dev/a:', '/dev/a:x', 'a:5', '/dev/a:-1'])
      assert.throws(() => read('--device-read-iops', bad), /for "--device-read-iops" flag/);
  });
});
