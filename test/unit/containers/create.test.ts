import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CreateOptions } from '../../../runtime-server/protocol/models.ts';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { newRecord } from '../../../runtime-server/src/containers/create.ts';
import type { ImageDefaults } from '../../../runtime-server/src/containers/ports.ts';
import { parseRecord, type ContainerConfig } from '../../../runtime-server/src/containers/record.ts';

const identity = { id: 'ab'.repeat(32), name: 'calm_reef', created: '2026-01-01T00:00:00Z' };

const record = (
  options: Partial<CreateOptions> = {},
  config: ImageDefaults = { Cmd: ['sh'] },
): ReturnType<typeof newRecord> =>
  newRecord(
    { image: 'alpine', ...options },
    { id: 'sha256:1', manifestDigest: 'sha256:2', reference: 'alpine', diffIds: ['sha256:3'], config },
    identity,
  );
const configOf = (options?: Partial<CreateOptions>, config?: ImageDefaults): ContainerConfig =>
  record(options, config).config;

describe('newRecord', () => {
  it('combines entry point and command as Docker does', () => {
    const image = { Entrypoint: ['/entry', '-x'], Cmd: ['default'] };
    assert.deepEqual(configOf({}, image).args, ['/entry', '-x', 'default']);
    assert.deepEqual(configOf({ command: ['mine'] }, image).args, ['/entry', '-x', 'mine']);
    assert.deepEqual(configOf({ entrypoint: 'sh' }, image).args, ['sh']);
    assert.deepEqual(configOf({ entrypoint: 'sh', command: ['-c', 'x'] }, image).args, ['sh', '-c', 'x']);
    assert.deepEqual(configOf({ entrypoint: '', command: ['x'] }, image).args, ['x']);
  });

  it('refuses a container with nothing to run', () => {
    assert.throws(() => record({}, {}), /no command/);
  });

  it('takes the host name from the id, the rest from the image', () => {
    const config = configOf({}, { Cmd: ['sh'], Env: ['A=1'], User: 'web', WorkingDir: 'srv', StopSignal: 'SIGQUIT' });
    assert.equal(config.hostname, 'abababababab');
    assert.deepEqual([config.env, config.user, config.workdir, config.stopSignal], [['A=1'], 'web', '/srv', 3]);
  });

  it('refuses bad options with a sentence', () => {
    for (const bad of [
      { hostname: 'a b' },
      { hostname: '-x' },
      { env: ['=x'] },
      { env: ['A'] },
      { volumes: ['/a:/'] },
      { volumes: ['/a:b'] },
      { volumes: ['/a:/b:zz'] },
    ]) {
      assert.throws(() => record(bad), EngineError, JSON.stringify(bad));
    }
  });

  it('never repeats an environment value in an error', () => {
    assert.throws(
      () => record({ env: ['TOKEN=secret\0'] }),
      (error: unknown) =>
        error instanceof EngineError && error.message.includes('TOKEN') && !error.message.includes('secret'),
    );
  });
});

describe('parseRecord', () => {
  it('reads back what was written', () => {
    assert.deepEqual(parseRecord(JSON.stringify(record())), record());
  });

  it('refuses anything else, never with another kind of error', () => {
    const good = JSON.stringify(record());
    for (let cut = 0; cut < good.length; cut += 7) assert.throws(() => parseRecord(good.slice(0, cut)), EngineError);
    for (const [from, to] of [
      ['"version":1', '"version":2'],
      [identity.id, '../../etc'],
      ['"created"', '"flying"'],
      ['"args":["sh"]', '"args":[1]'],
    ] as const) {
      assert.throws(() => parseRecord(good.replaceAll(from, to)), EngineError, to);
    }
  });
});
