// Certificates for registries of tests, made by openssl. Knows no registry.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** Both PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Why there can be no certificates here; for `skip`. */
export function withoutCertificates(): string | false {
  return existsSync('/usr/bin/openssl') ? false : 'openssl is not installed';
}

export async function selfSigned(subjectAltName = 'DNS:registry.test'): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
  try {
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')];
    const subject = ['-subj', '/CN=registry.test', '-days', '2', '-addext', `subjectAltName=${subjectAltName}`];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}
