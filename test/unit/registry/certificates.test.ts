import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createCertificateFinder } from '../../../runtime-server/src/registry/certificates.ts';

const skip = existsSync('/usr/bin/openssl') ? false : 'openssl is not installed';

describe('certificates of hosts', { skip }, () => {
  let directory = '';
  let pem = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-certs-'));
    const file = join(directory, 'ca.crt');
    const names = ['-subj', '/CN=x', '-days', '2', '-keyout', join(directory, 'x'), '-out', file];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names], { stdio: 'ignore' });
    pem = await readFile(file, 'latin1');
    for (const host of ['r.example', 's.example:443', 'r.example:5000', '[::1]:5000']) {
      await mkdir(join(directory, 'certs.d', host), { recursive: true });
      await writeFile(join(directory, 'certs.d', host, 'ca.crt'), pem);
    }
  });
  after(() => rm(directory, { recursive: true }));

  const find = (address: string): ReturnType<ReturnType<typeof createCertificateFinder>> =>
    createCertificateFinder([join(directory, 'none'), join(directory, 'certs.d')])(new URL(address));

  it('are found by host and port, the usual port with and without', async () => {
    for (const address of [
      'https://r.example',
      'https://s.example/v2/',
      'https://R.example:5000',
      'https://[::1]:5000',
    ])
      assert.equal((await find(address))?.ca?.at(-1), pem, address);
    for (const address of ['https://r.example:1', 'https://other.example'])
      assert.equal(await find(address), undefined, address);
  });

  it('are looked for in no other place, whatever the host is called', async () => {
    // certs.d/.. has a ca.crt, too.
    assert.equal(new URL('https://../x').host, '..');
    assert.equal(await find('https://../x'), undefined);
  });

  it('a reader waits for no FIFO', { timeout: 10_000 }, async () => {
    await mkdir(join(directory, 'certs.d', 'f.example'));
    const fifo = join(directory, 'certs.d', 'f.example', 'ca.crt');
    execFileSync('mkfifo', [fifo]);
    await assert.rejects(find('https://f.example'), { code: 'InvalidArgument', message: /not a regular file/ });
  });

  it('come besides those that the machine trusts', async () => {
    assert.ok(((await find('https://r.example'))?.ca?.length ?? 0) > 10);
  });
});
