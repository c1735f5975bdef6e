import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImageConfig, rawConfig } from '../../../runtime-server/src/oci/image-config.ts';

const DIFF_ID = `sha256:${'d'.repeat(64)}`;
const bytes = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
const base = { os: 'linux', architecture: 'arm64', variant: 'v8', rootfs: { type: 'layers', diff_ids: [DIFF_ID] } };

describe('parseImageConfig', () => {
  it('reads what a container needs', () => {
    const config = parseImageConfig(
      bytes({
        ...base,
        created: '2024-01-02T03:04:05.6789Z',
        author: 'me',
        config: {
          User: '1:2',
          Env: ['A=b'],
          Entrypoint: ['/x'],
          Cmd: 'lone',
          WorkingDir: '/w',
          ExposedPorts: { '80/tcp': {} },
          Volumes: { '/v': {} },
          Labels: { __proto__x: 'y', a: 'b' },
          StopSignal: 'SIGINT',
          Healthcheck: { Test: ['x'] },
        },
        history: [{ created_by: 'RUN x', empty_layer: true }, {}],
      }),
    );
    assert.deepEqual(config, {
      platform: { os: 'linux', architecture: 'arm64' },
      created: '2024-01-02T03:04:05.6789Z',
      author: 'me',
      config: {
        User: '1:2',
        Env: ['A=b'],
        Entrypoint: ['/x'],
        Cmd: ['lone'],
        WorkingDir: '/w',
        ExposedPorts: { '80/tcp': {} },
        Volumes: { '/v': {} },
        Labels: { __proto__x: 'y', a: 'b' },
        StopSignal: 'SIGINT',
        Healthcheck: { Test: ['x'] },
      },
      diffIds: [DIFF_ID],
      history: [{ createdBy: 'RUN x', emptyLayer: true }, { emptyLayer: false }],
    });
  });

  it('takes null and empty for nothing said', () => {
    const config = parseImageConfig(
      bytes({ ...base, created: '0000', history: null, config: { User: '', Env: null, Cmd: null, Labels: null } }),
    );
    assert.deepEqual(config.config, {});
    assert.equal(parseImageConfig(bytes({ rootfs: { diff_ids: null }, config: null })).platform.architecture, '');
  });

  it('keeps a label called __proto__ an ordinary one', () => {
    const config = parseImageConfig(Buffer.from(`{"rootfs":{},"config":{"Labels":{"__proto__":"x"}}}`));
    assert.deepEqual(Object.entries(config.config.Labels ?? {}), [['__proto__', 'x']]);
  });

  it('refuses what is no image, and wrong types with their place', () => {
    assert.throws(() => parseImageConfig(bytes({})), { code: 'Unsupported', message: /no container image/ });
    for (const [body, message] of [
      [{ ...base, config: { Env: 'A=b' } }, /^\$\.config\.Env: expected a list/],
      [{ ...base, config: { Cmd: ['a', 1] } }, /^\$\.config\.Cmd\[1\]: expected a string, found 1/],
      [{ ...base, config: { Env: ['a\0b'] } }, /without NUL/],
      [{ ...base, rootfs: { type: 'layers', diff_ids: ['../x'] } }, /^\$\.rootfs\.diff_ids\[0\]: /],
      [{ ...base, config: { Labels: { 'a.b': {} } } }, /^\$\.config\.Labels\["a\.b"\]: expected a string/],
    ] as const) {
      assert.throws(() => parseImageConfig(bytes(body)), { code: 'InvalidArgument', message });
    }
  });

  it('gives the config member as it was written', () => {
    assert.deepEqual(rawConfig(bytes({ ...base, config: { Healthcheck: { Test: ['x'] } } })), {
      Healthcheck: { Test: ['x'] },
    });
    assert.deepEqual(rawConfig(bytes(base)), {});
  });
});
