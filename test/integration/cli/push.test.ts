// push typed as root and as an ordinary user: docker's lines, the digest that was pulled, and one sentence for each failure.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { buildImage, buildLayer, pushImage, type TestImage } from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';
import { assertResult, forEachPerson } from './people.ts';

const skip = withoutRegistry();

let registry: TestRegistry | undefined;
let image: TestImage | undefined;

before(async () => {
  if (skip !== false) return;
  registry = await startRegistry();
  image = buildImage([await buildLayer([{ name: 'hello', content: 'hi' }])]);
  await pushImage(registry.host, 'team/source', 'latest', image);
});
after(() => registry?.stop());

forEachPerson('push', (world) => {
  const host = (): string => registry?.host ?? '';
  const target = (): string => `${host()}/${world().kind}/app`;

  it('mounts, says what docker says, and the second time finds it there', { skip }, async () => {
    await world().slipway(['pull', '-q', `${host()}/team/source`]);
    await world().slipway(['tag', `${host()}/team/source`, target()]);
    const { digest, bytes } = image?.manifest ?? { digest: '', bytes: [] };
    const id = image?.layers[0]?.digest.slice(7, 19) ?? '';
    const head = `Using default tag: latest\nThe push refers to repository [${target()}]\n${id}: Preparing\n`;
    const tail = `latest: digest: ${digest} size: ${bytes.length}\n`;
    assertResult(await world().slipway(['push', target()]), {
      status: 0,
      stdout: `${head}${id}: Mounted from team/source\n${tail}`,
      stderr: '',
    });
    assertResult(await world().slipway(['push', target()]), { stdout: `${head}${id}: Layer already exists\n${tail}` });
    assertResult(await world().slipway(['push', '-q', `${target()}:latest`]), { stdout: `${target()}:latest\n` });
  });

  it('pushes an image that came from no registry, and all its tags', { skip }, async () => {
    for (const tag of ['one', 'two']) await world().slipway(['tag', 'localhost/starter', `${target()}-all:${tag}`]);
    const all = await world().slipway(['push', '-a', `${target()}-all`]);
    assert.equal(all.status, 0, all.stderr);
    assert.match(
      all.stdout,
      /: Pushed\none: digest: sha256:[^\n]+\n[^\n]+: Preparing\n[^\n]+: Layer already exists\ntwo: digest: /,
    );
    await world().slipway(['rmi', `${target()}-all:one`, `${target()}-all:two`]);
    assertResult(await world().slipway(['run', '--rm', `${target()}-all:two`, 'echo', 'back']), { stdout: 'back\n' });
  });

  it('says in one sentence what is wrong', async () => {
    for (const [words, pattern] of [
      [['nowhere'], /^slipway: push nowhere: no such image here\n {2}\S/],
      [['-a', 'x:1'], /^slipway: push x:1: a tag can't be used with --all-tags\/-a\n/],
      [['UPPER'], /^slipway: push UPPER: [^\n]+\n/],
    ] as const) {
      const result = await world().slipway(['push', ...words]);
      assert.equal(result.status, 1);
      assert.match(result.stderr, pattern);
    }
    await world().slipway(['tag', 'localhost/starter', '127.0.0.1:1/x']);
    const down = await world().slipway(['push', '127.0.0.1:1/x']);
    assert.match(down.stderr, /^slipway: push 127\.0\.0\.1:1\/x: 127\.0\.0\.1:1 refuses connections\n {2}\S/);
  });
});
