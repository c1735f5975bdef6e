// What passes through a container's standard streams, as root and as an ordinary user: whole, in order, in bounded memory.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable, Transform, Writable } from 'node:stream';
import { it } from 'node:test';
import { assertResult, forEachPerson, initPid } from './people.ts';

const IMAGE = 'localhost/starter';

/** As many as a run of all tests has time for; the whole gibibyte takes a while. */
const STREAM_MIB = Number(process.env['SLIPWAY_TEST_STREAM_MIB'] ?? 64);

/** Bytes that are like no others before them: each mebibyte differs. */
function* bytes(): Generator<Buffer> {
  for (let index = 0; index < STREAM_MIB; index++)
    yield createHash('shake256', { outputLength: 1 << 20 })
      .update(`${index}`)
      .digest();
}

function hashing(): { readonly through: Transform; readonly digest: () => string } {
  const hash = createHash('sha256');
  const through = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { through, digest: () => hash.digest('hex') };
}

const residentKib = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

forEachPerson('streams', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);

  const title = `${STREAM_MIB} MiB through a pipe arrive whole (SLIPWAY_TEST_STREAM_MIB: how many)`;
  it(title, { timeout: 900_000 }, async () => {
    const words = ['run', '-i', '--rm', '--name', 'pipe', '--log-driver', 'none', IMAGE, 'cat'];
    const child = world().start(world().client, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(child.stdin !== null && child.stdout !== null);
    const [sent, received] = [hashing(), hashing()];
    const reading = pipeline(
      child.stdout,
      received.through,
      new Writable({
        write: (_chunk, _, done) => {
          done();
        },
      }),
    );
    const ended = once(child, 'exit') as Promise<[number]>;
    let shim = 0;
    let most = 0;
    const watched = function* (): Generator<Buffer> {
      for (const chunk of bytes()) {
        yield chunk;
        if (shim !== 0) most = Math.max(most, residentKib(shim));
      }
    };
    const writing = pipeline(Readable.from(watched()), sent.through, child.stdin);
    const pid = await initPidSoon();
    shim = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    await Promise.all([writing, reading]);
    assert.deepEqual((await ended)[0], 0);
    assert.equal(received.digest(), sent.digest());
    assert.ok(most <= 4096, `the shim had ${most} KiB`);
  });

  async function initPidSoon(): Promise<number> {
    for (;;) {
      const { stdout } = await slipway('ps', '-q', '-f', 'name=pipe', '-f', 'status=running');
      if (stdout !== '') return initPid(world(), 'pipe');
    }
  }

  it('several clients see the same, each from when it came, and any may type', { timeout: 60_000 }, async () => {
    const script = 'while read line; do echo "got $line"; done';
    assertResult(await slipway('run', '-d', '-i', '--name', 'shared', IMAGE, 'sh', '-c', script), { status: 0 });
    const attach = (...words: string[]): ReturnType<ReturnType<typeof world>['start']> =>
      world().start(world().client, ['attach', ...words, 'shared'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const until = async (child: ReturnType<typeof attach>, text: string): Promise<string> => {
      let seen = '';
      for (child.stdout?.setEncoding('utf8'); !seen.includes(text);) {
        const [chunk] = (await once(child.stdout ?? assert.fail(), 'data')) as [string];
        seen += chunk;
      }
      return seen;
    };
    const first = attach();
    first.stdin?.write('one\n');
    assert.equal(await until(first, 'one'), 'got one\n');
    const second = attach('--no-stdin');
    const third = attach();
    third.stdin?.write('two\n');
    assert.deepEqual(await Promise.all([until(first, 'two'), until(third, 'two')]), ['got two\n', 'got two\n']);
    first.stdin?.end('three\n');
    assert.match(
      (await Promise.all([until(second, 'three'), until(third, 'three')])).join(''),
      /got three\n.*got three\n$/s,
    );
    // The end of one client's input is the end of the container's, as in docker.
    assertResult(await slipway('wait', 'shared'), { stdout: '0\n' });
    for (const child of [first, second, third]) if (child.exitCode === null) await once(child, 'exit');
  });
});
