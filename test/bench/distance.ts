// Pulls over HTTP/1.1 and HTTP/2 in turn, through a way that takes 20 ms in each direction.

import { selfSigned, withoutCertificates } from '../support/certificates.ts';
import { startDistance } from '../support/distance.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import type { World } from '../support/world.ts';
import { largeFilesEditions, smallFilesEditions, type Editions } from './editions.ts';
import { measure, type Contestant, type Outcome } from './measure.ts';

interface Ground {
  readonly world: World;
  /** Where the editions are pushed to. */
  readonly registry: TestRegistry;
  readonly rounds: number;
}

const MILLISECONDS = 20;

export async function overDistance(ground: Ground): Promise<Outcome[]> {
  const without = withoutCertificates();
  if (without !== false) {
    console.log(`not compared: distance: ${without}`);
    return [];
  }
  return [
    await compare(ground, '12 layers with 5,000 small files each', await smallFilesEditions()),
    await compare(ground, '6 layers of 8 MiB', await largeFilesEditions()),
  ];
}

async function compare({ world, registry, rounds }: Ground, what: string, editions: Editions): Promise<Outcome> {
  const tls = await selfSigned();
  const { data } = registry;
  await using one = await startRegistry({ data, tls, http2: false });
  await using two = await startRegistry({ data, tls });
  const ways = [
    { name: 'HTTP/1.1', registry: one },
    { name: 'HTTP/2', registry: two },
  ];
  const contestants: Contestant[] = [];
  await using distances = new AsyncDisposableStack();
  for (const [index, way] of ways.entries()) {
    const { host } = distances.use(await startDistance(way.registry.host, MILLISECONDS));
    const images: string[] = [];
    for (let round = 0; round <= rounds; round++) {
      const pushed = await editions.push(registry.host, round * ways.length + index);
      images.push(pushed.replace(registry.host, host));
    }
    const command = (round: number): string[] => [world.client, 'pull', '-q', images[round] ?? ''];
    contestants.push({ name: way.name, command, env: world.env });
  }
  return await measure(`pull over ${MILLISECONDS} ms each way, ${what}`, contestants, rounds);
}
