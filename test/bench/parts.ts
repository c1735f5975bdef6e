// The sum of a pull's parts on one core, each done by the fastest program that is at hand, one after the other: download,
// digest of the blob, inflate, digest of the tar, writing the files. What performance.md measures a whole pull against.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from './measure.ts';
import { have } from './peers.ts';

const SCRIPT = `set -e
image=$1 place=$2
host=\${image%%/*} rest=\${image#*/}
name=\${rest%%:*} tag=\${rest#*:}
mkdir -p "$place"
cd "$place"
accept=application/vnd.docker.distribution.manifest.v2+json
for digest in $(curl -sf -H "Accept: $accept" "http://$host/v2/$name/manifests/$tag" | grep -o '"layers":.*' | grep -o 'sha256:[0-9a-f]*'); do
  curl -sf -o blob "http://$host/v2/$name/blobs/$digest"
  openssl dgst -sha256 blob
  igzip -d -c blob > tar
  openssl dgst -sha256 tar
  mkdir "$digest"
  tar -C "$digest" -xf tar
done > digests
`;

const PROGRAMS = ['curl', 'openssl', 'igzip', 'tar', 'taskset'];

/** `images`: one reference of each round. igzip is in Debian's package isal. */
export function sumOfParts(
  directory: string,
  images: readonly string[],
): Contestant | { readonly name: string; readonly missing: string } {
  const name = 'sum of the parts, one core';
  const missing = PROGRAMS.filter((program) => !have(program));
  if (missing.length > 0) return { name, missing: `not installed: ${missing.join(' ')}` };
  const script = join(directory, 'parts.sh');
  mkdirSync(directory, { recursive: true });
  writeFileSync(script, SCRIPT);
  return {
    name,
    command: (round) => ['taskset', '-c', '0', 'sh', script, images[round] ?? '', join(directory, `parts${round}`)],
  };
}
