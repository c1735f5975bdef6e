// The thin client on a real pseudo-terminal: raw mode and back, sizes, keys to detach. `script` of util-linux makes the terminal.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { FRAME } from '../../../runtime-server/protocol/frames.ts';
import { FakeShim } from './fake-shim.ts';
import { exitFrame, frame } from './frames.ts';
import { CLIENT, Place } from './harness.ts';

const SCRIPT = '/usr/bin/script';

/** A shell line on a new terminal; what the terminal shows. */
class Terminal {
  readonly child: ChildProcess;
  readonly #place: Place;
  seen = '';
  #wake: () => void = () => undefined;

  constructor(place: Place, line: string) {
    this.#place = place;
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', ...place.env, S: CLIENT };
    this.child = spawn(SCRIPT, ['-qfec', `stty rows 31 cols 101; ${line}`, '/dev/null'], { env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.seen += text;
      this.#wake();
    });
    this.child.on('close', () => {
      this.#wake();
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Waits until the terminal shows something that matches. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.seen);
      if (found !== null) return found;
      if (this.child.exitCode !== null)
        throw new Error(`the terminal closed without ${pattern}: ${this.seen} (${this.#place.run})`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

describe('thin client: a terminal', { timeout: 60_000, skip: existsSync(SCRIPT) ? false : `needs ${SCRIPT}` }, () => {
  let place: Place;
  let shim: FakeShim;
  let path: string;
  let count = 0;
  const shims: FakeShim[] = [];
  before(() => {
    place = new Place();
  });
  after(async () => {
    for (const one of shims) one.close();
    await place.remove();
  });

  const attached = async (line: string, more: object = {}): Promise<Terminal> => {
    path = join(place.directory, `shim${(count += 1)}`);
    shim = await FakeShim.listen(path);
    shims.push(shim);
    const plan = JSON.stringify({ path, stdin: true, tty: true, signalProxy: false, ...more });
    return new Terminal(place, line.replace('ATTACH', `attach '${plan}'`));
  };
  const state = '; echo "code=$?"; stty -a; tty; echo end=';

  it('is described in the request', async () => {
    const terminal = new Terminal(place, '"$S" echo; echo end=');
    const [json] = await terminal.shows(/\{.*\}/);
    const request = JSON.parse(json) as { tty: object; rows: number; columns: number };
    assert.deepEqual(request.tty, { stdin: true, stdout: true, stderr: true });
    assert.deepEqual([request.rows, request.columns], [31, 101]);
  });

  it('is raw while attached, and afterwards as before', async () => {
    const terminal = await attached(`"$S" ATTACH${state}`);
    const hello = await shim.next(FRAME.Hello);
    assert.deepEqual([...hello.payload], [1, 3, 0, 31, 0, 101]);
    terminal.type('\u0003\u001a\u0004x');
    assert.equal((await shim.next(FRAME.Stdin)).payload.toString(), '\u0003\u001a\u0004x');
    hello.socket.write(frame(FRAME.Stdout, 'screen'));
    await terminal.shows(/screen/);
    hello.socket.end(exitFrame(5));
    await terminal.shows(/end=/);
    assert.match(terminal.seen, /code=5/);
    assert.match(terminal.seen, /[^-]icanon/);
    assert.match(terminal.seen, /[^-]echo /);
    assert.doesNotMatch(terminal.seen, /\^[CZ].*code=/);
  });

  it('tells its new size', async () => {
    const terminal = await attached(`tty; "$S" ATTACH${state}`);
    const hello = await shim.next(FRAME.Hello);
    const [device] = await terminal.shows(/\/dev\/pts\/\d+/);
    execFileSync('stty', ['-F', device, 'rows', '44', 'cols', '155']);
    // stty sets rows and columns one after the other: one frame or two.
    let resize = await shim.next(FRAME.Resize);
    if (resize.payload[3] !== 155) resize = await shim.next(FRAME.Resize);
    assert.deepEqual([...resize.payload], [0, 44, 0, 155]);
    hello.socket.end(exitFrame(0));
    await terminal.shows(/end=/);
  });

  it('detaches by other keys, also by such that begin like themselves', async () => {
    for (const [keys, typed, passed] of [
      ['18', 'a\u0010\u0011b\u0018', 'a\u0010\u0011b'],
      ['616162', 'xaaabc', 'xa'],
      ['61626162', 'abaabcabababab', 'abaabc'],
    ] as const) {
      const terminal = await attached(`"$S" ATTACH${state}`, { detachKeys: keys });
      await shim.next(FRAME.Hello);
      terminal.type(typed);
      await terminal.shows(/"how":"detach"/);
      await terminal.shows(/end=/);
      let got = '';
      while (got.length < passed.length) got += (await shim.next(FRAME.Stdin)).payload.toString();
      assert.equal(got, passed);
    }
  });

  it('detaches by Ctrl-P Ctrl-Q, and passes other uses of Ctrl-P on', async () => {
    const terminal = await attached(`"$S" ATTACH${state}`);
    await shim.next(FRAME.Hello);
    terminal.type('a\u0010b\u0010\u0010c\u0010');
    terminal.type('\u0011dropped');
    await terminal.shows(/"how":"detach"/);
    await terminal.shows(/end=/);
    let typed = '';
    while (typed.length < 6) typed += (await shim.next(FRAME.Stdin)).payload.toString();
    assert.equal(typed, 'a\u0010b\u0010\u0010c');
    assert.match(terminal.seen, /code=0/);
    assert.match(terminal.seen, /[^-]icanon/);
  });

  it('is given back when the client is ended by a signal', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGINT', 130],
      ['SIGQUIT', 131],
    ] as const) {
      const terminal = await attached(`sh -c 'echo pid=$$; exec "$S" "$@"' sh ATTACH${state}`);
      await shim.next(FRAME.Hello);
      const [, pid] = await terminal.shows(/pid=(\d+)/);
      process.kill(Number(pid), signal);
      await terminal.shows(/end=/);
      assert.match(terminal.seen, new RegExp(`code=${code}`));
      assert.match(terminal.seen, /[^-]icanon/);
    }
  });

  it('is given back when the shim is killed or the output closed', async () => {
    const killed = await attached(`"$S" ATTACH${state}`);
    await shim.next(FRAME.Hello);
    shim.close();
    await killed.shows(/end=/);
    assert.match(killed.seen, /"how":"lost"/);
    assert.match(killed.seen, /[^-]icanon/);

    const closed = await attached(`{ "$S" ATTACH; echo "code=$?" >/dev/tty; } | true; stty -a; echo end=`);
    const hello = await shim.next(FRAME.Hello);
    hello.socket.write(frame(FRAME.Stdout, 'x'.repeat(100_000)));
    await closed.shows(/code=141/);
    await closed.shows(/end=/);
    assert.match(closed.seen, /[^-]icanon/);
  });

  it('stays as it is without -i', async () => {
    const terminal = await attached(`trap : INT; "$S" ATTACH${state}`, { stdin: false, signalProxy: true });
    const hello = await shim.next(FRAME.Hello);
    terminal.type('\u0003');
    assert.equal((await shim.next(FRAME.Signal)).payload[0], 2);
    hello.socket.end(exitFrame(130));
    await terminal.shows(/code=130/);
  });

  const secret = `ask '{"line":true,"prompt":"Password: ","secret":true}'`;

  it('asks for a line and shows what is typed, but not a secret', async () => {
    const terminal = new Terminal(place, `"$S" ask '{"line":true,"prompt":"Name: "}'; "$S" ${secret}${state}`);
    await terminal.shows(/Name: /);
    terminal.type('me\r');
    await terminal.shows(/me\r\n"me\\n"Password: /);
    terminal.type('hunter2\r');
    await terminal.shows(/end=/);
    assert.match(terminal.seen, /Password: \r\n"hunter2\\n"code=0/);
    assert.equal(terminal.seen.split('hunter2').length, 2);
    assert.match(terminal.seen, /[^-]echo /);
  });

  it('asks the person for a secret though standard input is something else', async () => {
    const terminal = new Terminal(place, `echo piped | "$S" ${secret} '{"line":true}' >&2${state}`);
    await terminal.shows(/Password: /);
    terminal.type('hunter2\r');
    await terminal.shows(/end=/);
    assert.match(terminal.seen, /"hunter2\\n""piped\\n"code=0/);
  });

  it('takes Ctrl-D for the end of a secret', async () => {
    const terminal = new Terminal(place, `"$S" ${secret}${state}`);
    await terminal.shows(/Password: /);
    terminal.type('\u0004');
    await terminal.shows(/""code=0/);
  });

  it('shows what is typed again when a question ends by a signal', async () => {
    for (const [signal, code] of [
      ['SIGHUP', 129],
      ['SIGQUIT', 131],
    ] as const) {
      const terminal = new Terminal(place, `sh -c 'echo pid=$$; exec "$S" "$@"' sh ${secret}${state}`);
      const [, pid] = await terminal.shows(/pid=(\d+)/);
      await terminal.shows(/Password: /);
      process.kill(Number(pid), signal);
      await terminal.shows(/end=/);
      assert.match(terminal.seen, new RegExp(`code=${code}`));
      assert.match(terminal.seen, /[^-]echo /);
    }
  });

  it('hides what is typed again after a stop and a continue', async () => {
    const terminal = new Terminal(place, `tty; sh -c 'echo pid=$$; exec "$S" "$@"' sh ${secret}${state}`);
    const [device] = await terminal.shows(/\/dev\/pts\/\d+/);
    const [, pid] = await terminal.shows(/pid=(\d+)/);
    await terminal.shows(/Password: /);
    execFileSync('stty', ['-F', device, 'echo']);
    process.kill(Number(pid), 'SIGCONT');
    while (/[^-]echo /.test(execFileSync('stty', ['-F', device, '-a'], { encoding: 'utf8' }))) await turn();
    terminal.type('hunter2\r');
    await terminal.shows(/end=/);
    assert.equal(terminal.seen.split('hunter2').length, 2);
  });

  it('is raw again after a stop and a continue', async () => {
    const terminal = await attached(`sh -c 'echo pid=$$; exec "$S" "$@"' sh ATTACH${state}`);
    const hello = await shim.next(FRAME.Hello);
    const [, pid] = await terminal.shows(/pid=(\d+)/);
    process.kill(Number(pid), 'SIGSTOP');
    process.kill(Number(pid), 'SIGCONT');
    await shim.next(FRAME.Resize);
    terminal.type('\u0003');
    assert.equal((await shim.next(FRAME.Stdin)).payload[0], 3);
    hello.socket.end(exitFrame(0));
    await terminal.shows(/end=/);
  });
});
