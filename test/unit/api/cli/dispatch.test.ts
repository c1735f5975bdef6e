// From words to texts and exit statuses, against an engine that is an object literal.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { CliRequest } from '../../../../runtime-server/protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../../../runtime-server/protocol/version.ts';
import { dispatch } from '../../../../runtime-server/src/api/cli/dispatch.ts';
import type { CommandContext } from '../../../../runtime-server/src/api/cli/session.ts';
import { conflict, launcherFailed, notFound } from '../../../../runtime-server/src/base/errors.ts';
import type { Engine } from '../../../../runtime-server/src/engine/engine.ts';

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly stopped: boolean;
}

async function type(
  argv: readonly string[],
  engine: object = {},
  request: Partial<CliRequest> = {},
  signal = new AbortController().signal,
): Promise<Answer> {
  const answer = { out: '', err: '', stopped: false };
  const context: CommandContext = {
    engine: engine as Engine,
    server: {
      pid: 1,
      stop: () => {
        answer.stopped = true;
      },
    },
    session: {
      request: {
        protocolVersion: PROTOCOL_VERSION,
        productVersion: '0.1.0',
        argv,
        cwd: '/here',
        tty: { stdin: false, stdout: false, stderr: false },
        rows: 0,
        columns: 0,
        ...request,
      },
      signal,
      out: (text) => {
        answer.out += Buffer.from(text).toString();
        return Promise.resolve();
      },
      err: (text) => {
        answer.err += text;
        return Promise.resolve();
      },
      attach: () => Promise.resolve({ how: 'exit', code: 9 }),
      env: () => Promise.resolve({}),
      input: () => Readable.from([]),
      ask: () => Promise.resolve(undefined),
    },
  };
  const status = await dispatch(context);
  return { status, ...answer };
}

describe('dispatch', () => {
  it('answers --help, help and --version without an engine', async () => {
    for (const argv of [[], ['--help'], ['help']]) assert.match((await type(argv)).out, /^Usage: {2}slipway COMMAND/);
    assert.match((await type(['run', '--help'])).out, /^Usage: {2}slipway run \[OPTIONS\] IMAGE/);
    assert.match((await type(['help', 'ps'])).out, /^Usage: {2}slipway ps/);
    assert.match((await type(['--version'])).out, /^Slipway version \d/);
  });

  it('run ends with 125 for its own failures and with the launcher’s code for the command’s', async () => {
    assert.equal((await type(['run'])).status, 125);
    const missing = { create: () => Promise.reject(notFound('pull x: not found', { hint: 'Check it.' })) };
    assert.deepEqual(await type(['run', 'x'], missing), {
      status: 125,
      out: '',
      err: 'slipway: pull x: not found\n  Check it.\n',
      stopped: false,
    });
    const removed: string[] = [];
    const engine = {
      create: () => Promise.resolve({ id: 'i', name: 'n', config: { tty: false, interactive: false } }),
      containers: {
        start: () => Promise.reject(launcherFailed('start: no such command', { detail: { exitCode: 127 } })),
        remove: (id: string) => {
          removed.push(id);
          return Promise.resolve();
        },
      },
    };
    assert.equal((await type(['run', 'x', 'nope'], engine)).status, 127);
    assert.deepEqual(removed, ['i']);
  });

  it('tells each failure of several arguments and goes on', async () => {
    const engine = {
      containers: {
        get: (name: string) => {
          if (name === 'bad') throw conflict('remove bad: it is running');
          return { id: name };
        },
        remove: () => Promise.resolve(),
      },
    };
    assert.deepEqual(await type(['rm', 'a', 'bad', 'b'], engine), {
      status: 1,
      out: 'a\nb\n',
      err: 'slipway: remove bad: it is running\n',
      stopped: false,
    });
  });

  it('an unexpected failure is one sentence, and an interrupt is 130', async () => {
    const broken = { version: () => ({}), images: { list: () => Promise.reject(new Error('boom')) } };
    assert.deepEqual(await type(['images'], broken), {
      status: 1,
      out: '',
      err: 'slipway: images: boom\n',
      stopped: false,
    });
    assert.equal((await type(['images'], broken, {}, AbortSignal.abort())).status, 130);
  });

  it('never sends control characters of an error to the terminal', async () => {
    const engine = { images: { list: () => Promise.reject(notFound('find \u001b[2Jx: gone')) } };
    assert.equal((await type(['images'], engine)).err, 'slipway: find \\x1b[2Jx: gone\n');
  });

  it('a client of another protocol may only ask the version and stop the server', async () => {
    const old = { protocolVersion: PROTOCOL_VERSION + 1, productVersion: '9.9.9' };
    const refused = await type(['ps'], {}, old);
    assert.equal(refused.status, 1);
    assert.match(
      refused.err,
      /client 9\.9\.9 and server .* do not understand each other\n {2}Run `slipway server stop`/,
    );
    assert.ok((await type(['server', 'stop'], {}, old)).stopped);
  });

  it('reset does nothing without --yes', async () => {
    let reset = 0;
    const engine = {
      version: () => ({ dataDirectory: '/data' }),
      containers: { list: () => [] },
      images: { list: () => Promise.resolve([1, 2]) },
      reset: () => {
        reset++;
        return Promise.resolve();
      },
    };
    const refused = await type(['system', 'reset'], engine);
    assert.deepEqual([refused.status, refused.stopped, reset], [1, false, 0]);
    assert.match(refused.err, /0 containers, 2 images .* \/data/);
    assert.deepEqual([(await type(['system', 'reset', '--yes'], engine)).stopped, reset], [true, 1]);
  });
});
