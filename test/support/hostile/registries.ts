// Registries that misbehave around a good image.

import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { isFor, type HostileRegistry } from '../hostile-registry.ts';
import { buildImage, buildLayer, randomText, sha256 } from '../images.ts';
import { MANIFEST, REPOSITORY, serveImage, type HostileCase, type Outcome } from './case.ts';

const LAYER = await buildLayer([{ name: 'x', content: randomText(200_000) }]);
const IMAGE = buildImage([LAYER]);
const LAYER_PATH = `/v2/${REPOSITORY}/blobs/${LAYER.digest}`;
const ELSEWHERE = 'http://elsewhere.example/x';

type Answer = (response: ServerResponse, request: IncomingMessage, registry: HostileRegistry) => void;

/** Answers everything below `path` itself. */
function answers(name: string, path: string | RegExp, answer: Answer, outcome: Outcome): HostileCase {
  return {
    name: `registry: ${name}`,
    outcome,
    serve: (registry) => {
      registry.intercept((request, response, self) => {
        if (!isFor(request, path)) return false;
        answer(response, request, self);
        return true;
      });
      return serveImage(registry, IMAGE);
    },
  };
}

const redirects = (name: string, location: string, outcome: Outcome, path = LAYER_PATH): HostileCase =>
  answers(`a redirect ${name}`, path, (response) => void response.writeHead(307, { location }).end(), outcome);

const challenges = (name: string, challenge: (host: string) => string, outcome: Outcome): HostileCase =>
  answers(
    name,
    /^\/v2\//,
    (response, _request, { host }) => void response.writeHead(401, { 'www-authenticate': challenge(host) }).end(),
    outcome,
  );

/** Asks for a token and gives this one. */
const tokens = (name: string, token: Buffer | string, outcome: Outcome): HostileCase => ({
  ...challenges(name, (host) => `Bearer realm="http://${host}/token"`, outcome),
  serve: async (registry) => {
    registry.serve('/token', Buffer.from(token));
    return challenges(name, (host) => `Bearer realm="http://${host}/token"`, outcome).serve(registry);
  },
});

const sends = (
  name: string,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
  outcome: Outcome,
  status = 200,
) => answers(name, LAYER_PATH, (response) => void response.writeHead(status, headers).end(bytes), outcome);

const says = (name: string, status: number, body: string | Buffer, outcome: Outcome): HostileCase =>
  answers(name, MANIFEST, (response) => void response.writeHead(status).end(body), outcome);

const flipped = Buffer.from(LAYER.blob);
flipped[flipped.length >> 1]! ^= 1;

const REDIRECTS: readonly HostileCase[] = [
  redirects('in a circle', MANIFEST, /redirects more than 5 times/, MANIFEST),
  redirects('to a file', 'file:///etc/passwd', /redirects to/),
  redirects('to another protocol', 'ftp://127.0.0.1/x', /redirects to/),
  redirects('to plain http elsewhere', ELSEWHERE, /redirects to/),
  redirects('to the address of clouds’ secrets', 'http://169.254.169.254/latest/meta-data/', /redirects to/),
  redirects('to no address', 'http://[', /redirects to/),
  answers('a redirect to nowhere', LAYER_PATH, (response) => void response.writeHead(307).end(), /307|redirect/i),
];

const LOGINS: readonly HostileCase[] = [
  challenges('a realm on plain http elsewhere', () => `Bearer realm="${ELSEWHERE}"`, /elsewhere\.example without TLS/),
  challenges('a realm that is a file', () => 'Bearer realm="file:///etc/passwd"', /does not say where|without TLS/),
  challenges('a realm that is no address', () => 'Bearer realm="nowhere"', /does not say where/),
  challenges('a challenge that nobody knows', () => 'Negotiate', /asks for a login|401/),
  challenges('a login where nobody is logged in', () => 'Basic realm="x"', /asks for a login/),
  challenges(
    'a challenge of 10,000 pieces',
    () => 'Basic x=y,'.repeat(1000),
    /asks for a login|does not say where|401/,
  ),
  tokens('a token of 2 MiB', Buffer.alloc(2 << 20, 'x'), /token of .*: larger than/),
  tokens('a token with a line break', '{"token":"a\\r\\nx-evil: 1"}', /a token that can't be read/),
  tokens('a token that is no text', '{"token":{"a":1}}', /a token that can't be read/),
  tokens('a token that is never taken', '{"token":"abc"}', /refused|asks for a login|denies/),
];

const BODIES: readonly HostileCase[] = [
  sends('other bytes', flipped, {}, /does not match its digest|is not a valid archive/),
  sends('a byte more', Buffer.concat([LAYER.blob, Buffer.alloc(1)]), {}, /sent more than \d+ bytes/),
  sends('a part that nobody asked for', LAYER.blob.subarray(100), { 'content-range': `bytes 100-${LAYER.size - 1}/${LAYER.size}` }, /another part of the layer/, 206), // prettier-ignore
  sends('a part without saying which', LAYER.blob, {}, /another part of the layer/, 206),
  sends('a layer packed once more', gzipSync(LAYER.blob), { 'content-encoding': 'gzip' }, /sent more than \d+ bytes/),
  sends('a layer of another length', LAYER.blob, { 'content-length': String(LAYER.size), 'content-type': 'text/html' }, looksAt(() => undefined)), // prettier-ignore
  answers('a layer that goes on for ever', LAYER_PATH, endless, /sent more than|bytes, the manifest says/),
  answers('another digest in its header', MANIFEST, withDigest(sha256('other')), /does not match the digest sha256:/),
  answers('cookies', MANIFEST, withHeaders({ 'set-cookie': 'secret=1; Path=/' }), looksAt(noCookies)),
  answers('a page of a hotel', MANIFEST, page, /not valid JSON|no JSON|is no image/),
  says(
    'that denies, with an escape',
    403,
    '{"errors":[{"code":"DENIED","message":"\u001b[2J secrets"}]}',
    /denies access/,
  ),
  says('that has nothing', 404, '{}', /not found|no such|does not exist|has no/),
  says('that has an error of 8 MiB', 404, Buffer.alloc(8 << 20, 'x'), /not found|no such|does not exist|has no/),
  says('that has gone for legal reasons', 451, '', /451/),
  says('that answers nothing', 204, '', /204|not valid JSON|no JSON/),
  says('that is a teapot', 418, 'short and stout', /418/),
  answers('that wants a day of quiet', MANIFEST, (response) => void response.writeHead(429, { 'retry-after': '86400' }).end(), /asked too often/), // prettier-ignore
  answers(
    'with headers of 100 KiB',
    MANIFEST,
    withHeaders({ 'x-long': 'x'.repeat(100_000) }),
    /header|not understand|HTTP/i,
  ),
];

function looksAt(look: (registry: HostileRegistry) => void): Outcome {
  return ({ registry }) => {
    look(registry);
  };
}

function noCookies(registry: HostileRegistry): void {
  assert.ok(registry.requests.length > 1);
  assert.ok(registry.requests.every(({ headers }) => headers.cookie === undefined));
}

function endless(response: ServerResponse): void {
  const more = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(65_536, 'x'), more);
  };
  response.writeHead(200);
  more();
}

function withHeaders(headers: Readonly<Record<string, string>>): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': IMAGE.manifest.mediaType, ...headers }).end(IMAGE.manifest.bytes);
  };
}

function withDigest(digest: string): Answer {
  return withHeaders({ 'docker-content-digest': digest });
}

function page(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome! Log in first.</html>');
}

export const REGISTRIES: readonly HostileCase[] = [...REDIRECTS, ...LOGINS, ...BODIES];
