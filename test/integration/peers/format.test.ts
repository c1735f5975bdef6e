// The same templates here and in docker, over like objects: the same texts.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, withoutPeer, type Peer } from '../../support/peers.ts';
import { createWorld, type World } from '../../support/world.ts';
import { assertResult } from '../cli/people.ts';

const PS = [
  '{{.Names}}|{{.Image}}|{{.Command}}|{{.State}}|{{.Status}}|{{.Labels}}|{{.Label "a.b"}}|{{.Mounts}}|{{.Networks}}|{{.LocalVolumes}}|{{.Ports}}',
  'table {{.Names}}\\t{{.Status}}\\t{{.Label "my.long-label"}}\\t{{.Size}}\\t{{.Mounts}}',
  '{{pad .Names 2 3}}{{truncate .Image 2}}{{title .State}}{{split .Names "n"}}\\n-',
  '{{with .Label "a.b"}}{{printf "%-5s|" .}}{{else}}no{{end}}{{json .Names}}',
];
const IMAGES = [
  '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}} {{.Digest}} {{.CreatedAt}} {{.VirtualSize}}',
  'table {{.Tag}}\\t{{.ID}}',
];
const INSPECT = [
  '{{.Name}} {{.Path}} {{.Args}} {{.State.Status}} {{.State.ExitCode}} {{.State.Pid}} {{.State.StartedAt}}',
  '{{.Config.Env}} {{.Config.Labels}} {{.Config.Cmd}} {{.Config.Entrypoint}} {{.Config.User}} {{.Config.Tty}} {{.Config.Volumes}}',
  '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}{{index .Config.Labels "a.b"}}{{.Config.Labels.nope}}',
  '{{.HostConfig.Binds}} {{.HostConfig.CapAdd}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.ShmSize}}',
  '{{json .HostConfig.RestartPolicy}} {{json .HostConfig.LogConfig}} {{json .Config.Cmd}} {{json .HostConfig.CapDrop}}',
  '{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}} {{len .Mounts}}',
  '{{if .State.Health}}yes{{else}}no{{end}} {{.State.Health}} {{.SizeRw}}',
  '{{.NetworkSettings.IPAddress}}|{{range $n, $v := .NetworkSettings.Networks}}{{$n}}{{end}}|{{.NetworkSettings.Ports}}',
  '{{.Foo}}',
  '{{.State.Foo}}',
  '{{.Name',
  '{{nope .Name}}',
  '{{index .Args 10}}',
];

describe('format beside docker’s', { skip: withoutPeer('dockerd') || withoutPeer('docker'), timeout: 240_000 }, () => {
  let peer: Peer;
  let world: World;
  const CREATE = [
    'create',
    '--network',
    'none',
    '--name',
    'one',
    '-v',
    '/tmp:/t',
    '-l',
    'a.b=c',
    '-l',
    'my.long-label=x',
    'box',
  ];
  before(async () => {
    peer = await docker();
    world = createWorld('root');
    const archive = join(world.directory, 'box.tar');
    assert.equal(peer.run(['save', '-o', archive, 'box']).status, 0);
    assertResult(await world.slipway(['load', '-i', archive]), { status: 0 });
    assertResult(await world.slipway(['rmi', 'localhost/starter']), { status: 0 });
    for (const words of [
      [...CREATE, 'sh', '-c', 'exit 3'],
      ['create', '--network', 'none', '--name', 'two', '-e', 'A=1', 'box', 'sleep', '7'],
    ]) {
      const made = peer.run(words);
      assert.equal(made.status, 0, made.stderr);
      assertResult(await world.slipway(words), { status: 0 });
    }
  });
  after(async () => {
    await peer.dispose();
    await world.dispose();
  });

  /** Ours says whose error it is. */
  const same = async (words: readonly string[]): Promise<void> => {
    const theirs = peer.run(words);
    const ours = await world.slipway(words);
    const sentence = ours.stderr.replace(/^slipway: /, '');
    assert.deepEqual(
      [ours.stdout, sentence, ours.status],
      [theirs.stdout, theirs.stderr, theirs.status],
      words.join(' '),
    );
  };

  for (const format of PS) it(`ps ${format}`, () => same(['ps', '-a', '--format', format]));
  for (const format of IMAGES) it(`images ${format}`, () => same(['images', '--format', format]));
  for (const format of INSPECT) it(`inspect ${format}`, () => same(['inspect', '--format', format, 'one']));

  it('the other lists', async () => {
    for (const words of [
      ['ps', '-a', '--format', '{{.Foo}}'],
      ['ps', '-a', '--format', '{{.ID'],
      ['ps', '-a', '-f', 'name=^o', '-f', 'label=a.b=c', '--format', '{{.Names}}'],
      ['ps', '-a', '-f', 'before=two', '--format', '{{.Names}}'],
      ['ps', '-a', '-f', 'ancestor=box', '-f', 'status=created', '--format', '{{.Names}}'],
      ['images', '-f', 'reference=b*', '--format', '{{.Repository}}'],
      ['images', '-q', '--no-trunc'],
      ['image', 'inspect', '--format', '{{.RepoTags}} {{.Os}} {{.RootFS.Layers}} {{.Config.Cmd}} {{.ID}}', 'box'],
    ])
      await same(words);
  });

  it('volumes', async () => {
    const create = (...mounts: readonly string[]): readonly string[] => ['create', '--network', 'none', ...mounts];
    const three = [...create('--name', 'three', '-v', 'data:/d:ro', '--mount', 'src=data,dst=/e'), 'box', 'true'];
    assert.deepEqual([peer.run(three).status, (await world.slipway(three)).status], [0, 0]);
    const mounts = '{{range .Mounts}}{{if eq .Destination "/d"}}{{.Name}} {{.Driver}} {{.Mode}} {{.RW}}{{end}}{{end}}';
    for (const words of [
      ['volume', 'create', '--label', 'a.b=c', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'mem'],
      ['volume', 'ls'],
      ['volume', 'ls', '-q', '-f', 'name=^m', '-f', 'driver=local'],
      ['volume', 'ls', '-q', '-f', 'dangling=true', '-f', 'label=a.b'],
      [
        'volume',
        'ls',
        '--format',
        '{{.Name}} {{.Driver}} {{.Scope}} {{.Label "a.b"}} {{.Links}} {{.Size}} {{.Status}}',
      ],
      ['volume', 'inspect', '-f', '{{.Name}} {{.Options}} {{.Labels}} {{.Scope}}', 'mem'],
      ['volume', 'inspect', '-f', '{{json .Options}} {{json .Labels}}', 'data'],
      ['volume', 'rm', '-f', 'nobody'],
      ['ps', '-a', '-f', 'volume=data', '--format', '{{.Names}} {{.LocalVolumes}} {{.Mounts}}'],
      ['inspect', '-f', `${mounts} {{json .HostConfig.Binds}} {{json .HostConfig.Mounts}}`, 'three'],
      ['rm', 'three'],
    ])
      await same(words);
  });

  it('every member that docker inspects is there', async () => {
    const gone = new Set(['KernelMemory', 'KernelMemoryTCP', 'Container', 'ContainerConfig', 'VirtualSize']);
    const missing = (theirs: unknown, ours: unknown, path: string): string[] =>
      typeof theirs !== 'object' || theirs === null || Array.isArray(theirs)
        ? []
        : Object.entries(theirs).flatMap(([key, value]) =>
            gone.has(key)
              ? []
              : Object.hasOwn(Object(ours) as object, key)
                ? missing(value, (ours as Record<string, unknown>)[key], `${path}.${key}`)
                : [`${path}.${key}`],
          );
    for (const words of [
      ['inspect', 'one'],
      ['image', 'inspect', 'box'],
    ]) {
      const [theirs] = JSON.parse(peer.run(words).stdout) as unknown[];
      const [ours] = JSON.parse((await world.slipway(words)).stdout) as unknown[];
      assert.deepEqual(missing(theirs, ours, ''), []);
    }
  });
});
