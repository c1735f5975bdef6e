// Many at once, and what kills one in the middle: nothing is lost, nothing is mixed up.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { EngineEvent } from '../../../runtime-server/protocol/events.ts';
import type { Requests } from '../../../runtime-server/protocol/methods.ts';
import { forEachAtOnce } from '../../../runtime-server/src/base/mutex.ts';
import { gone, parentOf } from '../../support/processes.ts';
import { collect, type Result, type World } from '../../support/world.ts';
import { assertResult, containerIds, forEachPerson, inspect, killServerOf } from './people.ts';

const IMAGE = 'localhost/starter';
const MANY = 50;
const ATTACHED = 5;

/** Prints its lines until the person says go, and ends with its number as exit code. */
const WRITER =
  'i=0; while [ ! -e /host/go ]; do echo "$NR line $i"; i=$((i+1)); sleep 0.3; done; echo "$NR last $i"; exit $NR';

forEachPerson('many at once', (world) => {
  const slipway = (...words: string[]): Promise<Result> => world().slipway(words);
  const names = Array.from({ length: MANY }, (_, index) => `nr-${index + 1}`);
  const writer = (name: string): string[] => {
    const number = name.slice(3);
    const options = ['--name', name, '-e', `NR=${number}`, '-v', `${world().home}:/host`];
    return [...options, IMAGE, 'sh', '-c', WRITER];
  };

  it(`the server is killed while ${MANY} run, write and are attached: no byte and no exit code is lost`, async () => {
    const attached = names.slice(0, ATTACHED).map((name) => {
      const child = world().start(world().client, ['run', ...writer(name)], { stdio: 'pipe' });
      const writes = new Promise((resolve) => child.stdout?.once('data', resolve));
      return { writes, result: collect(child) };
    });
    await forEachAtOnce(names.slice(ATTACHED), 8, async (name) => {
      assertResult(await slipway('run', '-d', ...writer(name)), { status: 0 });
    });
    await Promise.all(attached.map(({ writes }) => writes));
    const pids = await Promise.all(names.map(async (name) => (await inspect(world(), name)).State.Pid));
    await killServerOf(world());
    assert.ok(
      pids.every((pid) => existsSync(`/proc/${pid}`)),
      'they go on',
    );
    writeFileSync(join(world().home, 'go'), '');
    for (const pid of pids) await gone(pid);
    for (const [index, { result }] of attached.entries()) {
      const { status, stdout } = await result;
      assert.equal(status, index + 1);
      assertWhole(stdout, index + 1);
    }
    for (const [index, name] of names.entries()) {
      assertResult(await slipway('wait', name), { stdout: `${index + 1}\n` });
      assertWhole((await slipway('logs', name)).stdout, index + 1);
    }
    assertResult(await slipway('rm', ...names), { status: 0 });
  });

  it('16 starts at once end as they should', async () => {
    const runs = Array.from({ length: 16 }, (_, index) =>
      slipway('run', '--rm', IMAGE, 'sh', '-c', `echo ${index}; exit ${index}`),
    );
    for (const [index, run] of runs.entries())
      assertResult(await run, { status: index, stdout: `${index}\n`, stderr: '' });
    assert.deepEqual(await containerIds(world()), []);
  });

  it('a killed client leaves its container to itself', async () => {
    const child = world().start(
      world().client,
      ['run', '--rm', '--name', 'left', IMAGE, 'sh', '-c', 'echo up; sleep 1000'],
      {
        stdio: 'pipe',
      },
    );
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGKILL');
    assertResult(await slipway('exec', 'left', 'echo', 'here'), { stdout: 'here\n' });
    assertResult(await slipway('stop', '-t', '0', 'left'), { status: 0 });
    assert.deepEqual(await containerIds(world()), []);
  });

  it('a process id that another process has by now is not taken for the container’s', async () => {
    const { stdout } = await slipway('run', '-d', '--name', 'old', IMAGE, 'sleep', '1000');
    const { Pid } = (await inspect(world(), 'old')).State;
    const path = join(world().dataDirectory, 'containers', stdout.trim(), 'container.json');
    await slipway('rename', 'old', 'older'); // behind the save of its start
    await killServerOf(world());
    process.kill(parentOf(Pid), 'SIGKILL');
    await gone(Pid);
    const record = JSON.parse(readFileSync(path, 'utf8')) as { run: object };
    const bystander = world().start('sleep', ['1000']);
    writeFileSync(path, JSON.stringify({ ...record, run: { ...record.run, pid: bystander.pid } }));
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(137\) [^\n]* older\n/);
    assertResult(await slipway('kill', 'older'), { status: 1 });
    assertResult(await slipway('rm', '-f', 'older'), { status: 0 });
    assert.equal(bystander.exitCode ?? bystander.signalCode, null);
    bystander.kill();
  });

  it('two windows and three shells at once see the same, in one order', async () => {
    await slipway('images');
    const windows = [openWindow(world()), openWindow(world())];
    await Promise.all(windows.map(({ ask }) => ask('slipway/system/version', {})));
    const shells = ['one', 'two', 'three'].map(async (name) => {
      assertResult(await slipway('run', '--name', name, IMAGE, 'true'), { status: 0 });
      assertResult(await slipway('rename', name, `${name}-x`), { status: 0 });
      assertResult(await slipway('rm', `${name}-x`), { status: 0 });
    });
    await Promise.all(shells);
    // Its answer comes behind the events of what was before.
    const lists = await Promise.all(windows.map(({ ask }) => ask('slipway/containers/list', { all: true })));
    assert.deepEqual(lists, [[], []]);
    const [first = [], second = []] = windows.map(({ events }) =>
      events.map(({ sequence, action }) => `${sequence} ${action}`),
    );
    assert.deepEqual(first, second);
    assert.equal(first.filter((text) => text.endsWith(' destroy')).length, 3);
    const [window] = windows;
    const [oldest] = window?.events ?? [];
    const replay = await window?.ask('slipway/system/events', {
      epoch: oldest?.epoch ?? '',
      since: (oldest?.sequence ?? 1) - 1,
    });
    assert.deepEqual(
      [replay?.complete, replay?.events.map(({ sequence, action }) => `${sequence} ${action}`)],
      [true, first],
    );
    for (const { close } of windows) close();
  });
});

/** Every line from the first to the last, and none twice. */
function assertWhole(text: string, number: number): void {
  const lines = text.trimEnd().split('\n');
  const expected = lines.map((_, index) => `${number} ${index === lines.length - 1 ? 'last' : 'line'} ${index}`);
  assert.deepEqual(lines, expected);
}

/** A window's connection: what it is told, and what it asks. */
function openWindow(world: World): {
  readonly events: EngineEvent[];
  readonly ask: <M extends keyof Requests>(method: M, params: Requests[M]['params']) => Promise<Requests[M]['result']>;
  readonly close: () => void;
} {
  const socket = createConnection(join(world.runtimeDirectory, 'server.sock'));
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  const events: EngineEvent[] = [];
  connection.onNotification('slipway/event', (event: EngineEvent) => {
    events.push(event);
  });
  connection.listen();
  return {
    events,
    ask: (method, params) => connection.sendRequest(method, params),
    close: () => {
      connection.dispose();
      socket.destroy();
    },
  };
}
