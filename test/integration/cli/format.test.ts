// --format, --filter, -q and --no-trunc as people type them, as root and as an ordinary user.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertResult, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('format', (world) => {
  const slipway = async (...words: string[]): Promise<string> => {
    const result = await world().slipway(words);
    assert.equal(result.status, 0, JSON.stringify(result));
    return result.stdout;
  };
  /** Status and the first line of what is wrong. */
  const refused = async (...words: string[]): Promise<readonly [number, string]> => {
    const { status, stderr } = await world().slipway(words);
    return [status, stderr.split('\n')[0] ?? ''];
  };

  it('ps through templates', async () => {
    await slipway('create', '--name', 'one', '-l', 'com.example.my-role=db', '-v', '/tmp:/t', IMAGE, 'sleep', '100');
    await slipway('run', '-d', '--name', 'two', IMAGE, 'sleep', '1000');
    assertResult(await world().slipway(['run', '--name', 'three', IMAGE, 'sh', '-c', 'echo 12345 >/five; exit 3']), {
      status: 3,
    });
    assert.equal(
      await slipway('ps', '-a', '--format', '{{.Names}}\\t{{.State}}'),
      'three\texited\ntwo\trunning\none\tcreated\n',
    );
    assert.equal(
      await slipway(
        'ps',
        '-a',
        '--format',
        'table {{.Names}}\\t{{.Label "com.example.my-role"}}\\t{{.Mounts}}\\t{{upper .Image}}',
      ),
      [
        'NAMES     my role   MOUNTS    IMAGE\n',
        'three                         LOCALHOST/STARTER\n',
        'two                           LOCALHOST/STARTER\n',
        'one       db        /tmp      LOCALHOST/STARTER\n',
      ].join(''),
    );
    const [row = ''] = (await slipway('ps', '-l', '--no-trunc', '--format', 'json')).split('\n');
    const { ID, Command, Size } = JSON.parse(row) as Record<string, string>;
    assert.match(ID ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual([Command, Size], [`"sh -c 'echo 12345 >/five; exit 3'"`, '0B']);
    assert.match(await slipway('ps', '-ls', '--format', '{{.Size}}'), /^6B \(virtual \d\.\d+MB\)\n$/);
    assert.match(await slipway('ps', '-ls'), /NAMES +SIZE\n.* 6B \(virtual /);
    assert.match(await slipway('ps', '-aq', '--no-trunc'), /^([0-9a-f]{64}\n){3}$/);
  });

  it('ps with filters', async () => {
    const names = async (...words: string[]): Promise<string> =>
      (await slipway('ps', '--format', '{{.Names}}', ...words)).trimEnd().replaceAll('\n', ' ');
    assert.equal(await names('-f', 'status=exited', '-f', 'status=created'), 'three one');
    assert.equal(await names('-af', 'name=^t', '-f', 'exited=3'), 'three');
    assert.equal(await names('-af', 'label=com.example.my-role=db'), 'one');
    assert.equal(await names('-af', 'volume=/t', '-f', 'volume=/none'), 'one');
    assert.equal(await names('-af', `ancestor=${IMAGE}`, '-f', 'before=three'), 'two one');
    assert.equal(await names('-af', 'since=one', '-n', '1'), 'three');
    assert.equal(await names('-af', 'ancestor=nobody/has:this'), '');
    assert.deepEqual(await refused('ps', '-f', 'color=red'), [1, "slipway: ps: invalid filter 'color'"]);
    assert.deepEqual(await refused('ps', '-f', 'status=odd'), [1, "slipway: ps: invalid filter 'status=odd'"]);
    assert.equal((await refused('ps', '-f', 'nonsense'))[0], 125);
    assert.match((await refused('ps', '-f', 'before=nobody'))[1], /nobody: no such container/);
    assert.match((await refused('ps', '-f', 'name=(a+)+$'))[1], /too complex/);
  });

  it('images through templates, and with filters', async () => {
    await slipway('tag', IMAGE, 'team/app:2');
    await slipway('commit', '-c', 'LABEL role=db', 'one', 'made:1');
    const names = async (...words: string[]): Promise<string[]> =>
      (await slipway('images', '--format', '{{.Repository}}:{{.Tag}}', ...words)).trimEnd().split('\n').sort();
    assert.deepEqual(await names('team/*'), ['team/app:2']);
    assert.deepEqual(await names('-f', 'reference=made', '-f', 'reference=*/app:2'), ['made:1', 'team/app:2']);
    assert.deepEqual(await names('-f', 'label=role=db'), ['made:1']);
    assert.deepEqual(await names('-f', `since=${IMAGE}`), ['made:1']);
    assert.deepEqual(await names('-f', 'before=made:1'), ['localhost/starter:latest', 'team/app:2']);
    assert.deepEqual(await names('-f', 'dangling=true'), ['']);
    assert.match(
      await slipway('images', '--digests', '--format', 'table {{.ID}}', 'made'),
      /^IMAGE ID +DIGEST\n[0-9a-f]{12} +<none>\n$/,
    );
    assert.match(await slipway('images', '-q', '--no-trunc', 'made'), /^sha256:[0-9a-f]{64}\n$/);
    const row = JSON.parse(await slipway('images', '--format', 'json', 'made:1')) as Record<string, string>;
    assert.match(row['CreatedAt'] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \S+$/);
    assert.deepEqual(await refused('images', '-f', 'dangling=maybe'), [
      1,
      'slipway: invalid filter "dangling=maybe": true or false',
    ]);
  });

  it('inspect through templates', async () => {
    const one = async (format: string, name = 'one'): Promise<string> => slipway('inspect', '-f', format, name);
    assert.equal(
      await one('{{.Name}} {{.State.Status}} {{.Config.Cmd}} {{.HostConfig.CapAdd}}'),
      '/one created [sleep 100] []\n',
    );
    assert.equal(
      await one('{{index .Config.Labels "com.example.my-role"}}|{{.Config.Labels.nope}}'),
      'db|<no value>\n',
    );
    assert.equal(await one('{{range .Mounts}}{{.Source}}:{{.Destination}}{{end}}'), '/tmp:/t\n');
    assert.equal(await one('{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}'), 'none\n');
    assert.equal(await one('{{json .State.ExitCode}}', 'three'), '3\n');
    assert.equal(await one('{{.Os}}', IMAGE), 'linux\n');
    assert.equal((await slipway('inspect', '-sf', '{{.SizeRw}}', 'three')).trim(), '6');
    assert.match(await slipway('inspect', '--format', 'json', 'one', 'two'), /^\[\{"Id":.*\}\]\n$/);
    assert.deepEqual(await refused('inspect', '-f', '{{', 'one'), [
      64,
      'slipway: template parsing error: template: :1: unclosed action',
    ]);
    assert.deepEqual(await refused('inspect', '-f', '{{.Foo}}', 'one'), [
      1,
      'slipway: template parsing error: template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"',
    ]);
    assertResult(await world().slipway(['inspect', '-f', '{{.Name}}', 'one', 'nobody']), {
      status: 1,
      stdout: '/one\n',
    });
  });

  it('version, info, history and system df', async () => {
    const version = (await slipway('--version')).trim().split(' ').at(-1) ?? '';
    assert.equal(await slipway('version', '-f', '{{.Server.Version}} {{.Client.Version}}'), `${version} ${version}\n`);
    assert.match(await slipway('version', '--format', 'json'), /^\{"Client":\{"Version":.*"Server":\{.*\}\}\n$/);
    assert.deepEqual(await refused('version', '-f', '{{.Foo}}'), [
      1,
      `slipway: template: version:1:2: executing "version" at <.Foo>: can't evaluate field Foo in type system.versionInfo`,
    ]);
    assert.equal((await refused('version', '-f', '{{'))[0], 64);
    assert.equal(
      await slipway('info', '-f', '{{.Containers}} {{.ContainersRunning}} {{.OSType}} {{.Driver}}'),
      '3 1 linux overlay\n',
    );
    assert.match(
      await slipway('info'),
      /\n Containers: 3\n {2}Running: 1\n {2}Paused: 0\n {2}Stopped: 2\n Images: 2\n/,
    );
    assert.match(
      await slipway('history', '--format', '{{.ID}}|{{.CreatedAt}}|{{.Size}}', IMAGE),
      /^[0-9a-f]{12}\|\d{4}-\d\d-\d\dT[\d:]{8}Z\|/,
    );
    assert.match(await slipway('history', '--human=false', IMAGE), /^IMAGE +CREATED AT +CREATED BY +SIZE +COMMENT\n/);
    assert.match(
      await slipway('system', 'df', '--format', '{{.Type}}={{.TotalCount}}'),
      /^Images=2\nContainers=3\nLocal Volumes=0\n/,
    );
    const all = JSON.parse(await slipway('system', 'df', '-v', '--format', 'json')) as Record<
      string,
      Record<string, string>[]
    >;
    assert.deepEqual(all['Containers']?.map((row) => [row['Names'], row['Size']]).at(0), ['three', '6B']);
    assert.deepEqual(all['Images']?.map((row) => row['Repository']).sort(), ['localhost/starter', 'made', 'team/app']);
  });

  it('what an image says is no command to the terminal', async () => {
    await slipway('create', '--name', 'odd', '-l', 'x=a\u001b[2Jb', IMAGE, 'true');
    assert.match(await slipway('ps', '-af', 'name=odd', '--format', '{{.Labels}}'), /,x=a\\x1b\[2Jb\n$/);
    assert.equal(await slipway('inspect', '-f', '{{.Config.Labels.x}}', 'odd'), 'a\u001b[2Jb\n');
    const shown = world().start('script', [
      '-qec',
      `${world().client} inspect -f '{{.Config.Labels.x}}' odd`,
      '/dev/null',
    ]);
    const chunks: Buffer[] = [];
    shown.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve) => shown.once('close', resolve));
    assert.equal(Buffer.concat(chunks).toString(), 'a\\x1b[2Jb\r\n');
  });
});
