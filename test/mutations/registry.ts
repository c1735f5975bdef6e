// Defences against registries and their documents (runtime-server/src), as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({
    ...{ name: `registry: ${name}`, file: `runtime-server/src/${file}`, text, without },
    ...{ test: `test/${test}.test.ts`, pattern },
  });
const HOSTILE = 'integration/images/hostile';
const PUSH = 'integration/images/push';
const GREEDY = 'integration/images/greedy';
const TRANSPORTS = 'unit/registry/transports';

export const REGISTRY: readonly Mutation[] = [
  of('registry/redirects.ts', TRANSPORTS)(
    'credentials stay with their host',
    'url.origin === current.url.origin ? current.headers : withoutCredentials(current.headers)',
    'current.headers',
    'same origin only',
  ),
  of('registry/redirects.ts', HOSTILE)('no loops', 'hops <= MAX_REDIRECTS', 'hops <= 500', 'but no loop'),
  of('registry/redirects.ts', TRANSPORTS)(
    'never from https to http',
    "(from.protocol === 'https:' || !policy.allowsHttp(url))",
    '!policy.allowsHttp(url)',
    'never goes from https',
  ),
  of('registry/redirects.ts', HOSTILE)(
    'plain http only where allowed',
    "(from.protocol === 'https:' || !policy.allowsHttp(url))",
    "from.protocol === 'https:'",
    'without TLS that is not local',
  ),
  of('registry/auth.ts', HOSTILE)(
    'no realm on plain http',
    "if (url.protocol !== 'https:' && !plain) {",
    "if (url.protocol === 'ftp:' && !plain) {",
    'asks no realm',
  ),
  of('registry/auth.ts', HOSTILE)(
    'a token has an end',
    'const TOKEN_MAX = 1 << 20;',
    'const TOKEN_MAX = 1 << 30;',
    'endless token',
  ),
  of('registry/auth.ts', TRANSPORTS)(
    'names in a realm’s address',
    "  url.username = '';\n",
    '',
    'out of a realm’s address',
  ),
  of('registry/http.ts', HOSTILE)(
    'bodies have an end',
    'if (size > max) throw',
    'if (size > max * 1000) throw',
    'larger than 4 MiB|endless token',
  ),
  of('registry/client.ts', HOSTILE)(
    'manifests by digest',
    'if (isDigest(target) && digest !== target) throw',
    'if (isDigest(target) && digest === undefined) throw',
    'about the content',
  ),
  of('registry/client.ts', HOSTILE)(
    'the digest header',
    'isDigest(told) && told !== digest',
    "isDigest(told) && told === ''",
    'in the digest header',
  ),
  of('registry/client.ts', GREEDY)(
    'a minimum speed',
    'withMinimumRate(http.transport, { window: limits.pace, rate: limits.slowest })',
    'withMinimumRate(http.transport, { window: limits.pace, rate: 0 })',
    'dripping',
  ),
  of('registry/asker.ts', PUSH)(
    'an upload elsewhere gets no login',
    'const own = url.origin === endpoint.base.origin;',
    'const own = true;',
    'without the login',
  ),
  of('registry/upload.ts', PUSH)(
    'an upload goes to no forbidden address',
    'return followable(response.url, location, policy).href;',
    'return new URL(location, response.url).href;',
    'never to plain http',
  ),
  of('registry/upload.ts', PUSH)(
    'no more than was sent',
    'if (offset > sent) throw',
    'if (offset < 0) throw',
    'claims to have more',
  ),
  of('registry/upload.ts', PUSH)(
    'uploads end',
    'if (barren >= attempts || pause > longestPause) throw',
    'if (barren >= attempts * 1000 || pause > longestPause) throw',
    'gets no further',
  ),
  of('registry/undici-transport.ts', PUSH)(
    'bodies that are not taken',
    'setTimeout(onStall, milliseconds)',
    'setTimeout(onStall, 600_000)',
    'stops taking',
  ),
  of('images/push.ts', PUSH)(
    'damaged blobs are named',
    "if (isCode(error, 'DataLoss') && !(await content.verify(digest)))",
    "if (isCode(error, 'NoSpace') && !(await content.verify(digest)))",
    'brings a lost blob back',
  ),
  of('registry/certificates.ts', 'unit/registry/certificates')(
    'a host is no path',
    'if (!/^(?=.*[a-z0-9])[a-z0-9.:[\\]-]+$/.test(url.host)) return [];',
    '',
    'in no other place',
  ),
  of('registry/client.ts', 'integration/images/mirrors')(
    'a mirror’s page is no manifest',
    'parseManifest(bytes, contentType);',
    '',
    'sends a page',
  ),
  of('registry/hosts.ts', 'integration/images/mirrors')(
    'mirrors get no login of Docker Hub',
    '({ base, host: base.host, mirror: true })',
    '({ base, host: registry, mirror: true })',
    'no login',
  ),
  of('registry/asker.ts', 'integration/images/mirrors')(
    'a mirror that fails is passed over',
    'return endpoint.mirror || (',
    'return (',
    'is broken',
  ),
  of('registry/minimum-rate.ts', 'unit/registry/minimum-rate')(
    'the taker’s time does not count',
    'waited += now() - asked;',
    'waited += now() - asked + 30_000;',
    'time that the taker',
  ),
  of('registry/blob-stream.ts', GREEDY)('progress', 'offset - before >= PROGRESS', 'offset > before', 'is no progress'),
  of('registry/blob-stream.ts', HOSTILE)(
    'gives up',
    'if (barren >= options.attempts) throw',
    'if (barren >= options.attempts * 1000) throw',
    'never gets on',
  ),
  of('registry/blob-stream.ts', HOSTILE)(
    'Range',
    'options.open(ranges ? offset : 0)',
    'options.open(0)',
    'takes a cut layer up',
  ),
  of('registry/blob-stream.ts', HOSTILE)(
    'sizes that lie',
    'promised !== undefined && promised !== size - start',
    'promised === -1',
    'about the size of a layer',
  ),
  of('registry/undici-transport.ts', HOSTILE)(
    'stalled bodies',
    '    bodyTimeout: options.bodyTimeout,\n',
    '    bodyTimeout: 0,\n',
    'stops sending',
  ),
  of('registry/undici-transport.ts', HOSTILE)(
    'headers that never come',
    '    headersTimeout: options.headersTimeout,\n',
    '    headersTimeout: 0,\n',
    'never answers',
  ),
  of('oci/manifest.ts', 'unit/oci/manifest')(
    'not both layers and manifests (CVE-2021-41190)',
    'if (layered && indexed) throw',
    'if (layered && !layered) throw',
    'in two ways',
  ),
  of('oci/manifest.ts', 'unit/oci/manifest')(
    'one media type',
    'own !== undefined && contentType !== undefined && own !== contentType',
    'own === null',
    'in two ways',
  ),
  of('oci/manifest.ts', 'unit/oci/manifest')(
    'manifests have an end',
    'bytes.length > MANIFEST_MAX',
    'bytes.length > MANIFEST_MAX * 1000',
    'sizes and numbers',
  ),
  of('images/source.ts', HOSTILE)(
    'no foreign layers (CVE-2020-15157)',
    'isForeignLayer(layer.mediaType) || (layer.urls?.length ?? 0) > 0',
    'isForeignLayer(layer.mediaType)',
    'of another address by any type',
  ),
  of('images/source.ts', HOSTILE)(
    'configs have an end',
    'if (manifest.config.size > MANIFEST_MAX) throw',
    'if (manifest.config.size < 0) throw',
    'larger than 4 MiB|config',
  ),
  of('oci/digest.ts', 'unit/oci/digest')(
    'digests are no paths (CVE-2024-3727)',
    '/^sha256:[a-f0-9]{64}$/',
    '/^sha256:[^:]+$/',
    'refused by grammar|are parsed before',
  ),
  of('server/listen.ts', 'integration/cli/sockets')(
    'sockets are their user’s',
    'await chmod(path, 0o600);',
    '',
    'closed to others',
  ),
];
