// The server is killed at random moments of everything that changes the store, one command alone or two at once. Afterwards
// every listed image runs, the store is sound, prune leaves nothing that is not listed, and the next pull completes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as moment } from 'node:timers/promises';
import { buildImage, buildLayer, busyboxLayer, pushImage } from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';
import { createWorld, withoutPerson, type Result, type World } from '../../support/world.ts';

const KILLS = 200;
/** Milliseconds after which a command here has ended by itself. */
const LONGEST = 120;
const SEED = Number(process.env['SLIPWAY_CRASH_SEED'] ?? Date.now() % 1_000_000);

/** Numerical Recipes' generator: a seed repeats the whole run. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe(
  `killed at ${KILLS} random moments (seed ${SEED})`,
  { skip: withoutRegistry() || (withoutPerson('root') ?? false) },
  () => {
    let registry: TestRegistry;
    let world: World;
    let images: readonly string[] = [];
    let archive = '';

    before(async () => {
      registry = await startRegistry();
      world = createWorld('root');
      const base = await busyboxLayer();
      const tags = ['a', 'b', 'c'];
      for (const tag of tags) {
        const files = Array.from({ length: 40 }, (_, index) => ({
          name: `${tag}/${index}`,
          content: tag.repeat(2000),
        }));
        const layers = [base, await buildLayer([{ name: `${tag}/` }, ...files], tag === 'b' ? 'zstd' : 'gzip')];
        await pushImage(registry.host, 'team/app', tag, buildImage(layers, { config: { Cmd: ['true'] } }));
      }
      images = tags.map((tag) => `${registry.host}/team/app:${tag}`);
      archive = join(world.home, 'app.tar');
      for (const image of images) await ok('pull', image);
      await ok('save', '-o', archive, ...images);
      await ok('create', '--name', 'changed', images[0] ?? '');
    });
    after(async () => {
      await world.dispose();
      await registry.stop();
    });

    async function ok(...words: readonly string[]): Promise<string> {
      const result = await world.slipway(words);
      assert.equal(result.status, 0, `${words.join(' ')}: ${JSON.stringify(result)}`);
      return result.stdout;
    }

    const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

    /** Ends the server while these run; what they answer is their affair. */
    async function killDuring(commands: readonly (readonly string[])[], delay: number): Promise<readonly Result[]> {
      await ok('version'); // there is a server to kill
      const pid = world.serverPid();
      const running = commands.map((words) => world.slipway(words));
      await moment(delay);
      process.kill(pid, 'SIGKILL');
      return Promise.all(running);
    }

    async function verify(what: string): Promise<void> {
      const [, ...rows] = lines(await ok('images')).map((line) => line.split(/ +/));
      for (const [repository = '', tag = ''] of rows)
        if (tag !== '<none>') await ok('run', '--rm', `${repository}:${tag}`, 'true');
      assert.match(await ok('system', 'check'), /: no problems\n/, what);
      await ok('image', 'prune', '-f');
      for (const folder of ['tmp', 'trash']) assert.deepEqual(readdirSync(join(world.dataDirectory, folder)), [], what);
      assert.doesNotMatch(await ok('system', 'check'), /Nobody needs/, what);
    }

    it('loses nothing and leaves nothing', async () => {
      const pick = random(SEED);
      const oneOf = <T>(items: readonly T[]): T => items[pick(items.length)] as T;
      const operations: readonly (() => readonly string[])[] = [
        () => ['pull', '-q', oneOf(images)],
        () => ['load', '-q', '-i', archive],
        () => ['commit', 'changed', `made:${pick(3)}`],
        () => ['rmi', '-f', oneOf([...images, 'made:0', 'made:1', 'made:2'])],
        () => ['image', 'prune', '-af'],
      ];
      for (let kill = 0; kill < KILLS; kill++) {
        const commands = Array.from({ length: 1 + pick(2) }, () => oneOf(operations)());
        const delay = pick(LONGEST);
        await killDuring(commands, delay);
        const what = `kill ${kill} after ${delay} ms of ${commands.map((words) => words.join(' ')).join(' and ')}`;
        if (kill % 4 === 3) await verify(what);
      }
      for (const image of images) await ok('pull', image);
      await verify('at the end');
    });
  },
);
