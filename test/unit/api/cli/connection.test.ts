// The thin client's wire on a real socket: cuts, nonsense, a client that goes away.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FRAME } from '../../../../runtime-server/protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../../../runtime-server/protocol/version.ts';
import { serveCli } from '../../../../runtime-server/src/api/cli/connection.ts';
import type { Engine } from '../../../../runtime-server/src/engine/engine.ts';
import { encodeFrame, FrameDecoder, type Frame } from '../../../../runtime-server/src/launcher/frame-stream.ts';

const directory = mkdtempSync(join(tmpdir(), 'scli-'));
const path = join(directory, 's');
let server: Server;
let release: (() => void) | undefined;

const engine = {
  images: { list: () => Promise.resolve([]) },
  containers: {
    get: () => ({ id: 'i', name: 'n', run: { state: 'running' }, config: { tty: false, interactive: false } }),
    finished: () => Promise.resolve({ state: 'exited' }),
    paths: () => ({ attachSocket: '/shim' }),
    release: () => release?.(),
    tellAttach: () => undefined,
  },
};

before(async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  server = createServer((socket) => {
    void serveCli(socket, { engine: engine as unknown as Engine, server: { pid: 1, stop: () => undefined }, log });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
after(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const request = (argv: readonly string[]): Buffer =>
  encodeFrame(
    FRAME.Request,
    JSON.stringify({
      protocolVersion: PROTOCOL_VERSION,
      productVersion: 'x',
      argv,
      cwd: '/',
      tty: { stdin: false, stdout: false, stderr: false },
      rows: 0,
      columns: 0,
    }),
  );

/** Everything that comes until the server hangs up. */
function answer(socket: Socket): Promise<Frame[]> {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  socket.on('data', (chunk) => frames.push(...decoder.push(chunk)));
  socket.on('error', () => undefined);
  return new Promise((resolve) =>
    socket.on('close', () => {
      resolve(frames);
    }),
  );
}

describe('cli connection', () => {
  it('answers a request that comes byte by byte, and ends with Exit', async () => {
    const socket = createConnection(path);
    const frames = answer(socket);
    for (const byte of request(['images', '-q'])) socket.write(Buffer.from([byte]));
    assert.deepEqual((await frames).map(({ type, payload }) => [type, payload.toString('hex')]).at(-1), [
      FRAME.Exit,
      '00000000',
    ]);
  });

  it('hangs up on nonsense', async () => {
    const big = Buffer.alloc(8, 0xff);
    for (const bytes of [
      big,
      encodeFrame(0x77),
      encodeFrame(FRAME.Request, 'not json'),
      encodeFrame(FRAME.Request, '{}'),
      Buffer.concat([request(['attach', 'n']), request([])]),
    ]) {
      const socket = createConnection(path);
      const frames = answer(socket);
      socket.write(bytes);
      assert.ok(!(await frames).some((frame) => frame.type === FRAME.Exit));
    }
  });

  it('sends the client to the shim and takes its word for the end', async () => {
    const socket = createConnection(path);
    const frames = answer(socket);
    socket.write(request(['attach', 'n']));
    socket.once('data', () => socket.write(encodeFrame(FRAME.Attached, JSON.stringify({ how: 'exit', code: 42 }))));
    const [attach, exit] = await frames;
    assert.deepEqual(JSON.parse(attach?.payload.toString() ?? ''), {
      path: '/shim',
      stdin: false,
      tty: false,
      signalProxy: true,
    });
    assert.deepEqual([exit?.type, exit?.payload.readUInt32BE(0)], [FRAME.Exit, 42]);
  });

  it('a client that goes away before it attached lets held output go', async () => {
    const released = new Promise<void>((resolve) => (release = resolve));
    const socket = createConnection(path);
    socket.write(request(['attach', 'n']));
    socket.once('data', () => socket.destroy());
    await released;
  });
});
