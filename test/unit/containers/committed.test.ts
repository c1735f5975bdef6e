// The config of an image made of a container.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { committedCommand, committedConfig } from '../../../runtime-server/src/containers/committed.ts';
import { newRecord } from '../../../runtime-server/src/containers/create.ts';
import type { ContainerRecord } from '../../../runtime-server/src/containers/record.ts';
import type { CreateOptions } from '../../../runtime-server/protocol/models.ts';

const before = {
  Entrypoint: ['/entry', '--flag'],
  Cmd: ['serve'],
  Env: ['PATH=/bin', 'A=1'],
  Labels: { of: 'image', both: 'image' },
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/data': {} },
  Healthcheck: { Test: ['NONE'] },
  StopSignal: 'SIGQUIT',
};

function record(options: Partial<CreateOptions> = {}, config: object = before): ContainerRecord {
  const image = { id: 'sha256:1', manifestDigest: 'sha256:2', reference: 'app', diffIds: [], config };
  return newRecord({ image: 'app', ...options }, image, { id: 'f'.repeat(64), name: 'one', created: '' });
}

describe('the config of a commit', () => {
  it('is the image’s where the container says nothing else', () => {
    assert.deepEqual(committedConfig(record(), before), before);
    assert.equal(committedCommand(record(), before), 'serve');
  });

  it('has what the container was created with', () => {
    const made = record({
      command: ['other', 'words'],
      env: ['A=2', 'B=3'],
      labels: { both: 'container' },
      user: '7:8',
      workdir: '/srv',
    });
    assert.deepEqual(committedConfig(made, before), {
      ...before,
      Cmd: ['other', 'words'],
      Env: ['PATH=/bin', 'A=2', 'B=3'],
      Labels: { of: 'image', both: 'container' },
      User: '7:8',
      WorkingDir: '/srv',
    });
    assert.equal(committedCommand(made, before), 'other words');
  });

  it('tells entry point and arguments apart', () => {
    const own = committedConfig(record({ entrypoint: '/entry', command: ['--flag', 'x'] }), before);
    assert.deepEqual([own['Entrypoint'], own['Cmd']], [['/entry'], ['--flag', 'x']]);
    const none = committedConfig(record({ entrypoint: '', command: ['/entry', '--flag'] }), before);
    assert.deepEqual([none['Entrypoint'], none['Cmd']], [undefined, ['/entry', '--flag']]);
  });

  it('reads a record that does not tell them apart off the image', () => {
    const { entrypoint, ...config } = record().config;
    assert.equal(entrypoint, 2);
    const old = { ...record(), config };
    assert.deepEqual(committedConfig(old, before), before);
    const bare = committedConfig(old, {});
    assert.deepEqual([bare['Entrypoint'], bare['Cmd']], [undefined, ['/entry', '--flag', 'serve']]);
    assert.equal(committedCommand(old, { Entrypoint: '/entry' }), '--flag serve');
  });
});
