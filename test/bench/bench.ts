// Every case of performance.md that exists so far against whatever peers the machine has, in turn. Prints tables, writes
// test-results/bench.json, and says what it could not compare. Never fails on a time.
//   bench.ts [--rounds N] [--archive FILE] [case…]     FILE: a root file system as tar (a Debian), for the pull case

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { createWorld, type World } from '../support/world.ts';
import { formatOutcome, measure, type Contestant, type Outcome } from './measure.ts';
import { crun, docker, podman, type Peer, type PeerOrReason } from './peers.ts';
import { debianEditions, smallFilesEditions, type Editions } from './editions.ts';
import { overDistance } from './distance.ts';
import { sumOfParts } from './parts.ts';
import { buildFloor, pushBusybox, seedImages, seedStopped, writeBundle } from './subjects.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Stage {
  readonly world: World;
  readonly directory: string;
  readonly peers: readonly Peer[];
  readonly registry: TestRegistry;
  readonly rounds: number;
  readonly archive: string | undefined;
}

const CASES: Readonly<Record<string, (stage: Stage) => Promise<Outcome[]>>> = {
  run: async (stage) => {
    const image = `${stage.registry.host}/busybox`;
    for (const peer of stage.peers)
      execFileSync(peer.command[0] ?? '', [...peer.command.slice(1), 'pull', '-q', ...insecure(peer), image], {
        env: { ...process.env, ...peer.env },
        stdio: 'ignore',
      });
    await stage.world.slipway(['pull', '-q', image]);
    const run = (peer: Peer): Contestant => ({
      name: peer.name,
      command: [...peer.command, 'run', '--rm', ...peer.runOptions, image, 'true'],
      env: peer.env,
    });
    return [
      await measure(
        'run --rm IMAGE true',
        [slipway(stage.world, 'run', '--rm', image, 'true'), ...stage.peers.map(run)],
        stage.rounds,
      ),
    ];
  },
  exec: async (stage) => {
    const image = `${stage.registry.host}/busybox`;
    await stage.world.slipway(['run', '-d', '--name', 'bench-exec', image, 'sleep', '600']);
    const peers = stage.peers.filter((peer) => peer.name === 'docker');
    for (const peer of peers) {
      const env = { ...process.env, ...peer.env };
      execFileSync('docker', ['run', '-d', '--name', 'bench-exec', ...peer.runOptions, image, 'sleep', '600'], {
        env,
        stdio: 'ignore',
      });
    }
    const contestants = peers.map((peer): Contestant => ({
      name: peer.name,
      command: [...peer.command, 'exec', 'bench-exec', 'true'],
      env: peer.env,
    }));
    return [
      await measure('exec true', [slipway(stage.world, 'exec', 'bench-exec', 'true'), ...contestants], stage.rounds),
    ];
  },
  ps: async (stage) => {
    const contestants = stage.peers.map((peer): Contestant => ({
      name: peer.name,
      command: [...peer.command, 'ps'],
      env: peer.env,
    }));
    return [await measure('ps', [slipway(stage.world, 'ps'), ...contestants], stage.rounds)];
  },
  stopped: async ({ world, rounds }) => {
    const image = 'localhost/starter';
    await world.slipway(['run', '--name', 'bench-seed', image, 'true']);
    const start = slipway(world, 'run', '--rm', image, 'true');
    const few = await measure('run --rm IMAGE true, one stopped container', [start], rounds);
    await world.slipway(['server', 'stop']);
    seedStopped(join(world.dataDirectory, 'containers'), STOPPED);
    return [
      few,
      await measure(`run --rm IMAGE true, ${STOPPED} stopped containers`, [start], rounds),
      await measure(`ps -a, ${STOPPED} stopped containers`, [slipway(world, 'ps', '-a')], rounds),
    ];
  },
  images: async ({ world, rounds }) => {
    await world.slipway(['run', '--rm', 'localhost/starter', 'true']);
    const list = (name: string, before: () => Promise<unknown>): Contestant => ({
      ...slipway(world, 'images', '-q'),
      name,
      before: async () => {
        await before();
      },
    });
    // A new server's `ps` reads no image.
    const anew = async (): Promise<unknown> => [await world.slipway(['server', 'stop']), await world.slipway(['ps'])];
    const contestants = [list('of a server that has read them', () => Promise.resolve()), list('the first time', anew)];
    const few = await measure('images, one image', contestants, rounds);
    await world.slipway(['server', 'stop']);
    await seedImages(world.dataDirectory, IMAGES);
    return [few, await measure(`images, ${IMAGES} images`, contestants, rounds)];
  },
  runtime: async (stage) => {
    const bundle = writeBundle(join(stage.directory, 'bundle'));
    const runtime = resolve(stage.world.client, '../slipway-runtime');
    const ours: Contestant = {
      name: 'slipway-runtime run',
      command: [runtime, '--root', join(stage.directory, 'ours'), 'run', '--bundle', bundle, 'bench'],
    };
    const others: Contestant[] = [];
    const other = crun(stage.directory);
    if ('missing' in other) console.log(`not compared: ${other.name}: ${other.missing}`);
    else others.push({ name: other.name, command: [...other.command, 'run', '--bundle', bundle, 'bench'] });
    const floor = buildFloor(stage.directory, bundle);
    if ('missing' in floor) console.log(`not compared: ${floor.name}: ${floor.missing}`);
    else others.push(floor);
    return [await measure('runtime alone, start to exit, one bundle', [ours, ...others], stage.rounds)];
  },
  pull: async (stage) => {
    if (stage.archive === undefined) {
      console.log(
        'not compared: pull: give a root file system with --archive FILE (mmdebstrap --variant=minbase bookworm FILE)',
      );
      return [];
    }
    return [await pulls(stage, 'pull a Debian', debianEditions(stage.archive))];
  },
  distance: async ({ world, registry, rounds }) => overDistance({ world, registry, rounds }),
  'pull-small': async (stage) => [
    await pulls(stage, 'pull 12 layers with 5,000 small files each', await smallFilesEditions()),
  ],
};

/** performance.md: `ps -a` of so many in 50 ms, and a start that costs the same as with one. */
const STOPPED = 2000;

/** So many are listed in 20 ms by the server. */
const IMAGES = 1000;

/** Each run pulls an edition that was not there before; nothing is removed in between. */
async function pulls(stage: Stage, title: string, editions: Editions): Promise<Outcome> {
  const images: string[] = [];
  for (let round = 0; round <= stage.rounds; round++) images.push(await editions.push(stage.registry.host, round));
  const contestant = (name: string, command: readonly string[], env: Readonly<Record<string, string>>): Contestant => ({
    name,
    env,
    command: (round) => [...command, images[round] ?? ''],
  });
  const contestants = stage.peers.map((peer) =>
    contestant(peer.name, [...peer.command, 'pull', '-q', ...insecure(peer)], peer.env),
  );
  const ours = contestant('slipway', [stage.world.client, 'pull', '-q'], stage.world.env);
  const parts = sumOfParts(stage.directory, images);
  if ('missing' in parts) console.log(`not compared: ${parts.name}: ${parts.missing}`);
  const all = 'missing' in parts ? [ours, ...contestants] : [ours, parts, ...contestants];
  return measure(title, all, stage.rounds);
}

const insecure = (peer: Peer): string[] => (peer.name === 'podman' ? ['--tls-verify=false'] : []);

const slipway = (world: World, ...words: string[]): Contestant => ({
  name: 'slipway',
  command: [world.client, ...words],
  env: world.env,
});

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '20' }, archive: { type: 'string' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(CASES);
  const directory = mkdtempSync(join(tmpdir(), 'sb-'));
  const world = createWorld(process.getuid?.() === 0 ? 'root' : 'ordinary');
  const registry = await startRegistry();
  await pushBusybox(registry.host);
  const candidates: PeerOrReason[] = [await docker(join(directory, 'docker')), podman(join(directory, 'podman'))];
  const peers = candidates.filter((candidate): candidate is Peer => !('missing' in candidate));
  for (const candidate of candidates)
    if ('missing' in candidate) console.log(`not compared: ${candidate.name}: ${candidate.missing}`);
  const outcomes: Outcome[] = [];
  try {
    const stage: Stage = {
      world,
      directory,
      peers,
      registry,
      rounds: Number(values.rounds),
      archive: values.archive,
    };
    for (const name of names) {
      const found = await (CASES[name] ?? (() => Promise.reject(new Error(`no case ${name}`))))(stage);
      for (const outcome of found) console.log(formatOutcome(outcome));
      outcomes.push(...found);
    }
  } finally {
    for (const peer of peers) await peer.stop();
    await registry.stop();
    await world.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
  if (!existsSync(join(ROOT, 'test-results'))) mkdirSync(join(ROOT, 'test-results'));
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, kernel: release() };
  writeFileSync(join(ROOT, 'test-results', 'bench.json'), `${JSON.stringify({ machine, outcomes }, undefined, 2)}\n`);
}

await main();
