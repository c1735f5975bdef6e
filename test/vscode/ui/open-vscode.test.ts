// What `npm start` does after the build: which VS Code it opens, and that nothing stays behind.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('opening VS Code', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-open-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program `code` on the PATH that prints its arguments. */
  function fakeCode(place: string, script: string): string {
    const bin = join(folder, place);
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'code'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'code'), 0o755);
    return bin;
  }

  function open(path: string): ChildProcess {
    const call = `openVscode(${JSON.stringify({ root: ROOT, profile: join(folder, 'profile') })})`;
    const script = `import(${JSON.stringify(join(ROOT, 'scripts/open-vscode.mjs'))}).then(({ openVscode }) => ${call})`;
    // Without a display nobody's browser opens.
    const env = { ...process.env, DISPLAY: '' };
    const systemPath = `${dirname(process.execPath)}:/usr/bin:/bin`;
    return spawn(process.execPath, ['--eval', script], {
      env: { ...env, PATH: `${path}:${systemPath}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it('opens the desktop’s VS Code with the extension in a new window', async () => {
    const child = open(fakeCode('desktop', 'printf "%s\\n" "$@"'));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) lines.push(line);
    assert.deepEqual(lines.slice(1), ['--new-window', `--extensionDevelopmentPath=${ROOT}`]);
  });

  it('serves VS Code on loopback where only a remote window’s `code` is, and ends with Ctrl-C', async () => {
    const child = open(fakeCode('remote-cli', 'exit 1 # bin/remote-cli/code'));
    const exited = once(child, 'exit');
    const address = await firstAddress(child);
    assert.equal((await fetch(new URL('/', address))).status, 403, 'another user of this machine gets in');
    const answer = await fetch(address, { redirect: 'manual' });
    assert.ok(answer.status < 400);
    child.kill('SIGINT');
    assert.deepEqual(await exited, [0, null]);
    await assert.rejects(fetch(address));
  });
});

async function firstAddress(child: ChildProcess): Promise<URL> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [address] = /http:\/\/127\.0\.0\.1:\S+/.exec(line) ?? [];
    if (address !== undefined) return new URL(address);
  }
  throw new Error('no address was printed');
}
