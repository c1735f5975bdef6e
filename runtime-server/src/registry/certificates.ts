// Certificates of single hosts in Docker's layout: `certs.d/HOST/*.crt` are CAs besides the machine's own, `NAME.cert` with
// `NAME.key` the client's certificate. Looked at anew for each use, read again when a file has changed. Knows no HTTP.

import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { invalidArgument } from '../base/errors.ts';
import { listNames } from '../base/fs.ts';

export interface HostCertificates {
  /** Another one whenever a file is. */
  readonly stamp: string;
  /** For tls.connect; PEM. */
  readonly ca?: readonly string[];
  readonly cert?: readonly string[];
  readonly key?: readonly string[];
}

/** The certificates for the host of an address; undefined where there are none. Throws InvalidArgument naming the file. */
export type CertificateFinder = (url: URL) => Promise<HostCertificates | undefined>;

const SIZE_MAX = 1 << 20;

/** `directories`: each a `certs.d`, need not exist; the first that has a folder for the host counts. */
export function createCertificateFinder(directories: readonly string[]): CertificateFinder {
  const known = new Map<string, HostCertificates>();
  return async (url) => {
    for (const folder of foldersOf(url, directories)) {
      const names = (await listNames(folder)).filter((name) => /\.(?:crt|cert|key)$/.test(name)).sort();
      if (names.length === 0) continue;
      const stamps = await Promise.all(names.map((name) => stampOf(join(folder, name))));
      const stamp = [folder, ...stamps].join(' ');
      const found = known.get(folder)?.stamp === stamp ? known.get(folder) : await read(folder, names, stamp);
      if (found !== undefined) known.set(folder, found);
      return found;
    }
    return undefined;
  };
}

// A host as it stands in an address: with its port, unless that is the usual one; then with and without.
function foldersOf(url: URL, directories: readonly string[]): readonly string[] {
  if (!/^(?=.*[a-z0-9])[a-z0-9.:[\]-]+$/.test(url.host)) return []; // nothing that could lead elsewhere
  const hosts = url.port === '' ? [url.host, `${url.host}:${url.protocol === 'https:' ? 443 : 80}`] : [url.host];
  return directories.flatMap((directory) => hosts.map((host) => join(directory, host)));
}

async function stampOf(path: string): Promise<string> {
  const { mtimeNs, ctimeNs, size, ino } = await fs.stat(path, { bigint: true });
  return `${mtimeNs}.${ctimeNs}.${size}.${ino}`;
}

async function read(folder: string, names: readonly string[], stamp: string): Promise<HostCertificates> {
  const load = (ending: string): Promise<readonly string[]> =>
    Promise.all(names.filter((name) => name.endsWith(ending)).map((name) => readPem(join(folder, name), ending)));
  for (const name of names) refuseAlone(folder, name, names);
  const [ca, cert, key] = await Promise.all([load('.crt'), load('.cert'), load('.key')]);
  return {
    stamp,
    ...(ca.length === 0 ? {} : { ca: [...getCACertificates('default'), ...ca] }),
    ...(cert.length === 0 ? {} : { cert, key }),
  };
}

function refuseAlone(folder: string, name: string, names: readonly string[]): void {
  const [ending, other] = name.endsWith('.cert') ? ['.cert', '.key'] : ['.key', '.cert'];
  if (!name.endsWith(ending)) return;
  const missing = basename(name, ending) + other;
  if (names.includes(missing)) return;
  throw invalidArgument(`read certificates ${folder}: ${name} has no ${missing}`, {
    hint: 'A client certificate is NAME.cert with NAME.key; CAs end in .crt.',
  });
}

async function readPem(path: string, ending: string): Promise<string> {
  const found = await fs.stat(path);
  if (!found.isFile()) throw invalidArgument(`read certificates ${path}: not a regular file`);
  if (found.size > SIZE_MAX) throw invalidArgument(`read certificates ${path}: larger than ${SIZE_MAX} bytes`);
  const text = await fs.readFile(path, 'latin1');
  try {
    if (ending !== '.key') new X509Certificate(text);
  } catch (cause) {
    throw invalidArgument(`read certificates ${path}: it is no certificate in PEM`, {
      cause,
      hint: 'Correct that file.',
    });
  }
  return text;
}
