import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canonical,
  familiar,
  parseReference,
  parseRegistry,
  repositoryName,
  withDefaultTag,
} from '../../../runtime-server/src/oci/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  const good: readonly [typed: string, canonical: string, familiar: string][] = [
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['grafana/grafana', 'docker.io/grafana/grafana:latest', 'grafana/grafana:latest'],
    ['localhost/starter', 'localhost/starter:latest', 'localhost/starter:latest'],
    ['localhost:5000/a', 'localhost:5000/a:latest', 'localhost:5000/a:latest'],
    ['127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c'],
    ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000/a:latest'],
    ['ghcr.io/a/b-c/d__e.f', 'ghcr.io/a/b-c/d__e.f:latest', 'ghcr.io/a/b-c/d__e.f:latest'],
    ['Host/repo', 'Host/repo:latest', 'Host/repo:latest'],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine@${DIGEST}`],
    [`alpine:3@${DIGEST}`, `docker.io/library/alpine:3@${DIGEST}`, `alpine:3@${DIGEST}`],
    ['docker.io/library/a.b/c', 'docker.io/library/a.b/c:latest', 'library/a.b/c:latest'],
    ['docker.io/a.b/c', 'docker.io/a.b/c:latest', 'docker.io/a.b/c:latest'],
    [
      `docker.io/library/${'a'.repeat(64)}`,
      `docker.io/library/${'a'.repeat(64)}:latest`,
      `library/${'a'.repeat(64)}:latest`,
    ],
    ['a---b', 'docker.io/library/a---b:latest', 'a---b:latest'],
  ];
  for (const [typed, full, short] of good) {
    it(typed, () => {
      const reference = withDefaultTag(parseReference(typed));
      assert.equal(canonical(reference), full);
      assert.equal(familiar(reference), short);
      assert.deepEqual(parseReference(short), reference, 'the short form means the same');
      assert.deepEqual(parseReference(full), reference, 'the full form means the same');
    });
  }

  const bad: readonly [typed: string, message: RegExp][] = [
    ['', /pull "": the image name is empty/],
    ['Alpine', /pull Alpine: repository names are in lower case/],
    ['docker.io/Alpine', /in lower case/],
    ['https://docker.io/alpine', /has no scheme/],
    ['alpine:', /the tag after the colon is empty/],
    ['alpine:-x', /"-x" is not a tag/],
    [`alpine:${'x'.repeat(129)}`, /at most 128 characters/],
    ['alpine@sha256:abc', /exactly 64 hexadecimal digits/],
    [`alpine@sha512:${'a'.repeat(128)}`, /only sha256 is supported/],
    ['alpine@', /expected sha256/],
    ['a//b', /a slash too many/],
    ['/a', /a slash too many/],
    ['a/', /a slash too many/],
    ['a b', /no spaces/],
    ['a..b', /can't be part of a repository name/],
    ['ghcr.io/', /repository is missing/],
    ['host:70000/a', /there is no port 70000/],
    ['-bad.host/a', /not a host name/],
    ['a.b_c/d', /not a host name/],
    ['a'.repeat(300), /at most 255 characters/],
    ['b'.repeat(64), /are an image ID, not a name/],
    ['al\u202epine', /"\\u202e" can't be in a repository name/],
    ['../etc', /not a host name/],
    ['x'.repeat(5000), /too long/],
  ];
  for (const [typed, message] of bad) {
    it(`refuses ${JSON.stringify(typed.slice(0, 40))}`, () => {
      assert.throws(() => parseReference(typed, 'pull'), { code: 'InvalidArgument', message });
    });
  }

  it('names the repository', () => {
    assert.equal(repositoryName(parseReference('alpine:3')), 'docker.io/library/alpine');
  });
});

describe('registries', () => {
  it('are named by host or address; nothing is Docker Hub', () => {
    for (const [text, host] of [
      ['', 'docker.io'],
      ['https://index.docker.io/v1/', 'docker.io'],
      ['registry-1.docker.io', 'docker.io'],
      ['localhost:5000', 'localhost:5000'],
      ['https://r.example/v2/', 'r.example'],
      ['plain', 'plain'],
      ['[::1]:5000', '[::1]:5000'],
    ] as const)
      assert.equal(parseRegistry(text, 'login'), host);
    for (const text of ['a b', 'user@host', 'host:99999', '-x', 'ftp://x'])
      assert.throws(() => parseRegistry(text, 'login'), { code: 'InvalidArgument', message: /^login / });
  });
});
