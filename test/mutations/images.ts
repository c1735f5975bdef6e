// Defences of archives, pushes, logins, certificates and proxies (runtime-server/src), as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({
    ...{ name: `images: ${name}`, file: `runtime-server/src/${file}`, text, without },
    ...{ test: `test/${test}.test.ts`, pattern },
  });
const ARCHIVES = 'integration/images/hostile-archives';
const PUSH = 'integration/images/push';
const TLS = 'integration/images/tls';
const HTTP2 = 'integration/images/http2';
const CREDENTIALS = 'unit/registry/credentials';
const CERTIFICATES = 'unit/registry/certificates';

export const IMAGES: readonly Mutation[] = [
  of('images/archive/spool.ts', ARCHIVES)(
    'archives do not reach upwards',
    "if (part === '..' && parts.pop() === undefined) throw reaches();",
    "if (part === '..') parts.pop();",
    'a path with \\.\\.|a hidden \\.\\.',
  ),
  of('images/archive/spool.ts', ARCHIVES)(
    'archives have no absolute names',
    "if (name.startsWith('/')) throw reaches();",
    "if (name.startsWith('///')) throw reaches();",
    'an absolute path',
  ),
  of('images/archive/spool.ts', ARCHIVES)(
    'no two files of one name in an archive',
    'before.digest !== found.digest)) throw twice(name);',
    'before.size < 0)) throw twice(name);',
    'a hostile archive',
  ),
  of('images/archive/spool.ts', ARCHIVES)(
    'no devices in an archive',
    "throw invalidArgument(`the archive's entry ${quote(name)} is neither file, directory nor link`);",
    'return;',
    'a fifo',
  ),
  of('images/archive/file.ts', ARCHIVES)(
    'archives leave room on the disk',
    'if (bytes <= room) return;',
    'if (bytes >= 0) return;',
    'a bomb stops before',
  ),
  of('images/archive/load.ts', ARCHIVES)(
    'a failed load leaves nothing',
    "await sweep(context, lease, 'load');",
    '',
    'one good image and a bad one',
  ),
  of('registry/destination.ts', PUSH)(
    'what the registry says it has',
    'checkTold(response, digest);',
    '',
    'keeps another manifest',
  ),
  of('registry/docker-config.ts', CREDENTIALS)(
    'no secret in a message about config.json',
    "if (typeof field.value !== 'string' || field.value.includes('\\0'))",
    "if (typeof field.value === 'object') throw invalidArgument(`${field.path}: ${JSON.stringify(field.value)}`);\n  if (typeof field.value !== 'string')",
    'no secret is in any message',
  ),
  of('registry/docker-config.ts', CREDENTIALS)(
    'a helper is no path',
    '/^[A-Za-z0-9._-]{0,100}$/',
    '/^.{0,100}$/',
    'no secret is in any message',
  ),
  of('registry/credentials.ts', CREDENTIALS)(
    'logins are their user’s alone',
    '{ mode: 0o600 }',
    '{ mode: 0o644 }',
    'kept for this user alone',
  ),
  of('registry/certificates.ts', TLS)(
    'CAs are for their host alone',
    'hosts.map((host) => join(directory, host))',
    'hosts.map((host) => join(directory, host.replace(/\\d+$/, "1")))',
    'and for no other',
  ),
  of('registry/certificates.ts', CERTIFICATES)(
    'no FIFO is waited for',
    'if (!found.isFile()) throw invalidArgument(`read certificates ${path}: not a regular file`);',
    '',
    'waits for no FIFO',
  ),
  of('registry/undici-transport.ts', TLS)(
    'NO_PROXY',
    "noProxy: options.proxy?.noProxy ?? '',",
    "noProxy: '',",
    'not to what NO_PROXY names',
  ),
  of('base/fs.ts', 'unit/base/fs')(
    'a small file has an end',
    'found.size <= max ?',
    'found.size >= 0 ?',
    'that are small are read at once',
  ),
  of('base/fs.ts', 'unit/base/fs')(
    'no link is followed to a small file',
    'O_RDONLY | O_NOFOLLOW | O_NONBLOCK',
    'O_RDONLY | O_NONBLOCK',
    'that are small are read at once',
  ),
  of('content/store.ts', 'unit/content/store')(
    'what is read at once is verified',
    'bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined',
    'bytes',
    'throws damaged blobs away',
  ),
  of('registry/undici-transport.ts', HTTP2)(
    'HTTP/2 where it is offered',
    'allowH2: true,',
    'allowH2: false,',
    'is spoken where it is offered',
  ),
  of('registry/failures.ts', HTTP2)(
    'a stream that was reset is taken up again',
    "  'ERR_HTTP2_STREAM_ERROR',\n  'ERR_HTTP2_SESSION_ERROR',\n]);",
    ']);',
    'a reset for an error',
  ),
  of('registry/failures.ts', HTTP2)(
    'who breaks HTTP/2 is not asked over plain http',
    " && !code.startsWith('ERR_HTTP2')",
    '',
    'empty data for ever',
  ),
  of('registry/undici-transport.ts', HTTP2)(
    'a body that is given up ends no process',
    ".on('error', () => undefined)",
    '',
    'an upload whose stream is reset',
  ),
  of('registry/undici-transport.ts', TLS)(
    'loopback past the proxy',
    ' && !options.isLocal(url)',
    '',
    'loopback never does',
  ),
];
