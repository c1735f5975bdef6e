// top and stats typed as root and as an ordinary user.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { before, it } from 'node:test';
import { assertResult, forEachPerson, initPid } from './people.ts';

forEachPerson('inside of containers', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);

  before(async () => {
    const script = 'sleep 1000 & while :; do :; done';
    assertResult(await slipway('run', '-d', '--name', 'busy', 'localhost/starter', 'sh', '-c', script), { status: 0 });
    assertResult(await slipway('create', '--name', 'never', 'localhost/starter'), { status: 0 });
  });

  it('top shows its processes, with the ids that the machine knows', async () => {
    const pid = await initPid(world(), 'busy');
    const { status, stdout } = await slipway('top', 'busy');
    assert.equal(status, 0);
    const [head = '', ...lines] = stdout.trimEnd().split('\n');
    assert.match(head, /^UID {17}PID {17}PPID {16}C {19}STIME {15}TTY {17}TIME {16}CMD$/);
    const rows = lines.map((line) => line.split(/ {2,}/));
    assert.deepEqual(
      rows.map((row) => row.at(-1)),
      ['sh -c sleep 1000 & while :; do :; done', 'sleep 1000'],
    );
    assert.equal(rows[0]?.[1], String(pid));
    assert.equal(rows[1]?.[2], String(pid));
    // The machine's own word for it.
    assert.equal(readFileSync(`/proc/${rows[1][1] ?? ''}/cmdline`, 'utf8'), 'sleep\x001000\0');
  });

  it('top shows what an exec has started, and takes ps’s options', async () => {
    assertResult(await slipway('exec', '-d', 'busy', 'sleep', '777'), { status: 0 });
    const { stdout } = await slipway('top', 'busy', '-o', 'pid,args');
    assert.match(stdout, /^PID +COMMAND\n(?:\d+ +.*\n){2}\d+ +sleep 777\n$/);
    assert.match((await slipway('top', 'busy', 'aux')).stdout, /^USER +PID +%CPU/);
    assertResult(await slipway('top', 'never'), {
      status: 1,
      stderr: 'slipway: show processes of never: the container is not running\n',
    });
    assert.match((await slipway('top', 'busy', '--forest')).stderr, /no such ps option --forest\n {2}There are -ef/);
  });

  it('stats shows once what they use', async () => {
    const { status, stdout } = await slipway('stats', '--no-stream');
    assert.equal(status, 0);
    const [head = '', row = '', ...others] = stdout.trimEnd().split('\n');
    assert.match(head, /^CONTAINER ID {3}NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
    assert.match(row, /^[0-9a-f]{12} +busy +\d+\.\d\d% +[\d.]+[KMG]?i?B \/ [\d.]+GiB +\d+\.\d\d% +0B \/ 0B +.* +3$/);
    assert.deepEqual(others, []);
    const [, , cpu = ''] = row.split(/ {2,}/);
    assert.ok(Number.parseFloat(cpu) > 5, `a loop without an end uses ${cpu}`);
  });

  it('stats takes names, all, and a format', async () => {
    const format = ['--no-stream', '--format', '{{.Name}} {{.CPUPerc}} {{.PIDs}}'];
    assertResult(await slipway('stats', ...format, 'never'), { status: 0, stdout: 'never 0.00% 0\n' });
    assert.match((await slipway('stats', '-a', ...format)).stdout, /^never 0\.00% 0\nbusy \d+\.\d\d% 3\n$/);
    assert.match((await slipway('stats', '--no-stream', 'nobody')).stderr, /no such container/i);
    const json = JSON.parse((await slipway('stats', '--no-stream', '--no-trunc', '--format', 'json')).stdout) as object;
    assert.deepEqual(Object.keys(json).sort(), [
      ...['BlockIO', 'CPUPerc', 'Container', 'ID', 'MemPerc', 'MemUsage', 'Name', 'NetIO', 'PIDs'],
    ]);
  });

  it('stats goes on, and sees who comes', { timeout: 60_000 }, async () => {
    const child = world().start(world().client, ['stats', '--format', '{{.Name}}'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const seen: string[] = [];
    assert.ok(child.stdout !== null);
    for await (const line of createInterface({ input: child.stdout })) {
      seen.push(line);
      if (seen.length === 2) await slipway('run', '-d', '--name', 'later', 'localhost/starter', 'sleep', '1000');
      if (line === 'later') break;
    }
    child.kill('SIGINT');
    assert.deepEqual(seen.slice(0, 2), ['busy', 'busy']);
    await slipway('rm', '-f', 'later');
  });
});
