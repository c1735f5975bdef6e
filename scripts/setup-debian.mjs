// A real Debian root file system for the tests and the bench: made once with mmdebstrap, kept under .vscode-test/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup.mjs';

/** Where the archive lies, made or not: a tar of this machine's release. */
export function debianArchive() {
  return join(ROOT, '.vscode-test', `debian-${codename()}.tar`);
}

/** Makes the archive unless it is there. Takes minutes the first time. */
export function setupDebian({ log }) {
  const archive = debianArchive();
  if (existsSync(archive)) return archive;
  mkdirSync(join(ROOT, '.vscode-test'), { recursive: true });
  log('slipway: making a Debian root file system');
  const temporary = `${archive}.${process.pid}.tar`;
  const { status, stderr } = spawnSync('mmdebstrap', ['--variant=minbase', '--quiet', codename(), temporary], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) {
    rmSync(temporary, { force: true });
    throw new Error(`mmdebstrap failed:\n${stderr}`);
  }
  renameSync(temporary, archive);
  return archive;
}

function codename() {
  return /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(setupDebian({ log: console.log }));
