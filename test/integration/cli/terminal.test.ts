// A person at a real terminal: echo, size, Ctrl-C, job control, full-screen programs, detach and attach.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openTerminal, withoutTerminal } from '../../support/terminal.ts';
import { containerIds, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';
const skip = withoutTerminal() ?? false;

forEachPerson('terminal', (world) => {
  it('run -it --rm is a shell with everything a terminal has', { skip }, async () => {
    const terminal = await openTerminal(world(), `${world().client} run -it --rm ${IMAGE}`);
    try {
      await terminal.waitFor(/root@[0-9a-f]{12}:\/#/);
      await terminal.type('tty; stty size; echo TERM=$TERM\n');
      await terminal.waitFor(/\/dev\/(pts\/0|console)\n24 80\nTERM=xterm\n/);
      await terminal.resize(100, 30);
      await terminal.type('sleep 0.2; stty size\n');
      await terminal.waitFor(/\n30 100\n/);
      await terminal.type('sleep 1000\n');
      await terminal.waitFor(/sleep 1000\n/);
      await terminal.press('C-c');
      await terminal.type('echo "after $?"\n');
      await terminal.waitFor(/after 130\n/);
      await terminal.type('sleep 1001\n');
      await terminal.waitFor(/sleep 1001\n/);
      await terminal.press('C-z');
      await terminal.waitFor(/Stopped/);
      await terminal.type('jobs; kill -9 %1\n');
      await terminal.waitFor(/\[1\]\+? +Stopped +sleep 1001/);
      await terminal.type('vi /tmp/x\n');
      await terminal.waitFor(/~\n~\n~[\s\S]*\/tmp\/x/);
      await terminal.type('iwritten in vi');
      await terminal.press('Escape');
      // An escape and what follows at once would be one key.
      await terminal.waitFor(/^- \/tmp\/x/m);
      await terminal.type(':wq\n');
      await terminal.type('clear; cat /tmp/x; exit 42\n');
      await terminal.waitFor(/written in vi[\s\S]*\[status 42\]/);
      assert.deepEqual(await containerIds(world()), []);
    } finally {
      await terminal.close();
    }
  });

  it('Ctrl-P Ctrl-Q leaves the container running; attach comes back; exit ends it', { skip }, async () => {
    const first = await openTerminal(world(), `${world().client} run -it --name kept ${IMAGE}`);
    await first.waitFor(/:\/#/);
    await first.type('X=remembered\n');
    await first.press('C-p', 'C-q');
    await first.waitFor(/\[status 0\]/);
    await first.close();
    assert.match((await world().slipway(['ps'])).stdout, / Up .* kept\n/);
    const second = await openTerminal(world(), `${world().client} attach kept`);
    await second.type('echo $X; exit 8\n');
    await second.waitFor(/remembered[\s\S]*\[status 8\]/);
    await second.close();
    assert.match((await world().slipway(['ps', '-a'])).stdout, /Exited \(8\)/);
    await world().slipway(['rm', 'kept']);
  });

  it('exec -it opens a second shell', { skip }, async () => {
    await world().slipway(['run', '-d', '--name', 'host', IMAGE, 'sleep', '1000']);
    const terminal = await openTerminal(world(), `${world().client} exec -it host sh`);
    await terminal.waitFor(/\/ #/);
    await terminal.type('stty size; ps | grep -c "sleep 1000"; exit 3\n');
    await terminal.waitFor(/24 80\n[12]\n[\s\S]*\[status 3\]/);
    await terminal.close();
    await world().slipway(['rm', '-f', 'host']);
  });

  it('-it without a terminal is refused in a sentence', async () => {
    const { status, stderr } = await world().slipway(['run', '-it', IMAGE]);
    assert.equal(status, 125);
    assert.match(stderr, /use a terminal \(-t\): standard input is none\n {2}Leave out -t/);
  });
});
