import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { allowsHttp, endpointsOf, isInsecure } from '../../../runtime-server/src/registry/hosts.ts';
import { createSettingsReader, parseSettingsText } from '../../../runtime-server/src/base/settings.ts';
import { readRegistrySettings } from '../../../runtime-server/src/registry/settings.ts';

const settings = (body: unknown) => parseSettingsText(JSON.stringify(body), '/x/daemon.json', readRegistrySettings);

describe('settings for registries', () => {
  it('are the keys of daemon.json; other keys are left alone', () => {
    const parsed = settings({
      'registry-mirrors': ['https://m.example', 'http://10.1.2.3:5000/'],
      'insecure-registries': ['h:5000', '10.0.0.0/8'],
      debug: true,
    });
    assert.deepEqual(
      parsed.mirrors.map((url) => url.href),
      ['https://m.example/', 'http://10.1.2.3:5000/'],
    );
    assert.deepEqual(parsed.insecure, ['h:5000', '10.0.0.0/8']);
    assert.deepEqual(settings({}), { mirrors: [], insecure: [] });
  });

  it('name the place of an error', () => {
    for (const [body, message] of [
      [[], /\$: expected an object/],
      [{ 'registry-mirrors': 'x' }, /\$\["registry-mirrors"\]: expected a list/],
      [{ 'registry-mirrors': ['m.example'] }, /\[0\]: expected an http or https address/],
      [{ 'registry-mirrors': ['ftp://m.example'] }, /\[0\]: expected an http or https address/],
      [{ 'registry-mirrors': ['https://m.example/path'] }, /without path/],
      [{ 'registry-mirrors': ['https://ann:hunter2@m.example'] }, /can't be part of the address/],
      [{ 'insecure-registries': ['http://h'] }, /without http:\/\//],
      [{ 'insecure-registries': ['h/path'] }, /expected a host, host:port or subnet/],
      [{ 'insecure-registries': ['10.0.0.0/33'] }, /subnet/],
      [{ 'insecure-registries': [5] }, /expected a string, found 5/],
    ] as const) {
      assert.throws(
        () => settings(body),
        (error: Error) => {
          assert.match(error.message, /^read settings \/x\/daemon\.json: /);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    }
    assert.throws(() => parseSettingsText('{', '/x', readRegistrySettings), {
      code: 'InvalidArgument',
      message: /not valid JSON/,
    });
  });

  it('are read again when the file changes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-settings-'));
    try {
      const path = join(directory, 'daemon.json');
      const read = createSettingsReader(path, readRegistrySettings);
      assert.deepEqual((await read()).insecure, []);
      await writeFile(path, '{"insecure-registries":["a"]}');
      assert.deepEqual((await read()).insecure, ['a']);
      assert.equal(await read(), await read(), 'the same object while nothing changes');
      await writeFile(path, '{"insecure-registries":["b"]}');
      await utimes(path, 1, 1);
      assert.deepEqual((await read()).insecure, ['b']);
      await rm(path);
      assert.deepEqual((await read()).insecure, []);
      await assert.rejects(createSettingsReader(directory, readRegistrySettings)(), {
        code: 'InvalidArgument',
        message: /is no file/,
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('addresses of registries', () => {
  const bases = (registry: string, body: unknown = {}): readonly string[] =>
    endpointsOf(registry, settings(body)).map((endpoint) => endpoint.base.href);

  it('are mirrors and the hub for docker.io, https alone for others', () => {
    assert.deepEqual(bases('docker.io'), ['https://registry-1.docker.io/']);
    assert.deepEqual(bases('docker.io', { 'registry-mirrors': ['http://m:1', 'https://n'] }), [
      'http://m:1/',
      'https://n/',
      'https://registry-1.docker.io/',
    ]);
    assert.deepEqual(bases('ghcr.io', { 'registry-mirrors': ['http://m:1'] }), ['https://ghcr.io/']);
  });

  it('include plain http for loopback and listed hosts', () => {
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'x.localhost', '127.9.9.9']) {
      assert.equal(bases(host).length, 2, host);
    }
    const listed = { 'insecure-registries': ['h.example:5000', 'bare.example', '10.0.0.0/8', 'fd00::/8'] };
    for (const host of ['h.example:5000', 'bare.example', 'bare.example:81', '10.1.2.3:5', '[fd00::1]:5'])
      assert.equal(bases(host, listed).length, 2, host);
    for (const host of ['h.example:5001', 'h.example', 'sub.bare.example', '11.1.2.3', '[fe00::1]', 'ghcr.io'])
      assert.equal(bases(host, listed).length, 1, host);
  });

  it('trust no mirror beyond what its address says', () => {
    const parsed = settings({ 'registry-mirrors': ['http://m.example:1'] });
    assert.equal(allowsHttp(new URL('http://m.example:1/x'), parsed), true);
    assert.equal(isInsecure(new URL('https://m.example:1/x'), parsed), false);
    assert.equal(allowsHttp(new URL('http://m.example:2/x'), parsed), false);
    assert.equal(allowsHttp(new URL('http://127.0.0.1.example/'), parsed), false);
  });
});
