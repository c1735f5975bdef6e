// What memory a pull takes whose bytes are far more than any buffer: layers that exist nowhere as a whole, streamed by a
// registry in this process. Prints the peaks of the server and of the layer tools together.
//   memory.ts [--gib N] [--http2]     N: size of the image, 5 unless told, in layers of 1 GiB; needs twice that on the disk

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { selfSigned } from '../support/certificates.ts';
import { startHostileRegistry } from '../support/hostile-registry.ts';
import { buildImage, randomText, tarOf, type TestLayer } from '../support/images.ts';
import { createWorld } from '../support/world.ts';

const MIB = 1 << 20;
const LAYER_MIB = 1024;
const BLOCK = Buffer.from(randomText(MIB)).subarray(0, MIB);

/** A tar of one file of 1 GiB as its pieces: header, 1,024 times the block that begins with its number, end. */
async function* pieces(layer: number): AsyncGenerator<Buffer> {
  const header = Buffer.from((await tarOf([{ name: `large${layer}` }])).subarray(0, 512));
  header.write((LAYER_MIB * MIB).toString(8).padStart(11, '0'), 124, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  yield header;
  for (let index = 0; index < LAYER_MIB; index++) {
    BLOCK.writeUInt32BE(layer, 0);
    BLOCK.writeUInt32BE(index, 4);
    yield Buffer.from(BLOCK);
  }
  yield Buffer.alloc(1024);
}

async function describeLayer(layer: number): Promise<TestLayer> {
  const hash = createHash('sha256');
  for await (const piece of pieces(layer)) hash.update(piece);
  const digest = `sha256:${hash.digest('hex')}`;
  return { blob: Buffer.alloc(0), digest, diffId: digest, size: 512 + LAYER_MIB * MIB + 1024, compression: 'none' };
}

async function send(layer: number, size: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-length': size });
  for await (const piece of pieces(layer)) if (!response.write(piece)) await once(response, 'drain');
  response.end();
}

/** Peak of resident memory in KiB; 0 when the process is gone (proc_pid_status(5)). */
function peakOf(pid: string): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { gib: { type: 'string', default: '5' }, http2: { type: 'boolean', default: false } },
  });
  const layers: TestLayer[] = [];
  for (let layer = 0; layer < Number(values.gib); layer++) layers.push(await describeLayer(layer));
  await using registry = await startHostileRegistry(values.http2 ? { tls: await selfSigned(), http2: true } : {});
  registry.intercept((request, response) => {
    const layer = layers.findIndex(({ digest }) => request.method === 'GET' && request.url?.endsWith(digest));
    if (layer >= 0) void send(layer, layers[layer]?.size ?? 0, response);
    return layer >= 0;
  });
  registry.serveImage('large', 'latest', buildImage(layers));
  const world = createWorld(process.getuid?.() === 0 ? 'root' : 'ordinary');
  await world.slipway(['images']);
  const server = String(world.serverPid());
  const before = peakOf(server);
  const tools = new Map<string, number>();
  const pull = world.slipway(['pull', '-q', `${registry.host}/large`]);
  while ((await Promise.race([pull, delay(100)])) === undefined) {
    for (const pid of readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' '))
      tools.set(pid, Math.max(tools.get(pid) ?? 0, peakOf(pid)));
  }
  const { status, stderr } = await pull;
  const mib = (kib: number): string => `${(kib / 1024).toFixed(1)} MiB`;
  console.log(status === 0 ? `pulled ${values.gib} GiB in ${layers.length} layers` : `failed: ${stderr}`);
  console.log(`  server: peak ${mib(peakOf(server))}, before the pull ${mib(before)}`);
  console.log(
    `  layer tools: ${tools.size}, peaks together ${mib([...tools.values()].reduce((sum, one) => sum + one, 0))}`,
  );
  await world.dispose();
}

await main();
