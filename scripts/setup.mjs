// Puts on the machine what the project needs: Debian packages and node_modules. Plain JavaScript for Node 20 and nothing
// but Node's own modules, since it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Debian packages by purpose; the names are the same on Ubuntu. */
export const PACKAGES = {
  /** To compile native/ and make the starter image, and what an ordinary user's containers need. */
  build: [
    'gcc',
    'make',
    'libc6-dev',
    'libjson-c-dev',
    'libseccomp-dev',
    'libzstd-dev',
    'libisal-dev',
    'libssl-dev',
    'busybox-static',
    'uidmap',
  ],
  /** To compile the two native modules of the VS Code server build. */
  vscodeServer: ['g++', 'make', 'python3', 'ca-certificates'],
  test: [
    'docker-registry',
    'skopeo',
    'umoci',
    'mmdebstrap',
    'chromium',
    'tmux',
    'zstd',
    'procps',
    'util-linux',
    'iproute2',
    'passwd',
    'strace',
    // Engines that drive slipway-runtime.
    'docker.io',
    'podman',
    'crun',
    // Shells that complete words.
    'zsh',
    'fish',
    // The tests of crun (foreign-suite.mjs).
    'python3',
    'xz-utils',
  ],
  /** The honest fresh machine (scripts/machine.mjs). */
  machine: ['qemu-system-x86', 'mmdebstrap', 'e2fsprogs'],
  /** What looks at the C sources: the analyzer, a second architecture and what runs its programs. */
  nativeCheck: ['clang', 'gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'qemu-user-static'],
};

const STAMP = join(ROOT, 'node_modules', '.slipway-lock');

/**
 * Installs the Debian packages that are missing, as root or through sudo.
 * Without either it prints what is missing and the command that installs it, and ends the process with status 1.
 */
export function ensurePackages(names) {
  const missing = [...new Set(names)].filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const become = rootPrefix();
  if (!hasCommand('apt-get') || become === undefined) {
    fail(
      `These Debian packages are missing: ${missing.join(' ')}`,
      hasCommand('apt-get')
        ? `Neither root nor sudo is available. As root, run: apt-get update && ${command}`
        : 'Install their counterparts with your package manager.',
    );
  }
  console.log(`slipway: installing ${missing.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (args) =>
    spawnSync([...become, ...args][0], [...become, ...args].slice(1), { stdio: ['inherit', 2, 2], env: environment });
  run(['apt-get', 'update', '-q']);
  const { status } = run(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing]);
  if (status !== 0) fail(`Installing the packages failed.`, `Try it by hand: ${command}`);
}

/** Makes node_modules match package-lock.json; does nothing when it already does. */
export function ensureNodeModules() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('slipway: installing node_modules');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail('npm ci failed.', 'Its own message stands above.');
  writeFileSync(STAMP, wanted);
}

/**
 * The Node that runs the server, the tests and the VS Code server: this one when it is as new as VS Code's (24), else the
 * one that the npm package node-linux-* carries.
 */
export function modernNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const carried = join(ROOT, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (!existsSync(carried))
    fail(
      `Node ${process.versions.node} is older than 24 and no Node 24 package exists for ${process.arch}.`,
      'Install Node 24 or newer.',
    );
  return carried;
}

/** Prints a problem and what to do about it, and ends the process with status 1. */
export function fail(problem, hint) {
  console.error(`slipway: ${problem}\n  ${hint}`);
  process.exit(1);
}

function isInstalled(name) {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return status === 0 && stdout === 'installed';
}

/** The words that make the rest of a command run as root; undefined when there is no way. */
function rootPrefix() {
  if (process.getuid() === 0) return [];
  if (!hasCommand('sudo')) return undefined;
  const silent = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return silent || process.stdin.isTTY ? ['sudo'] : undefined;
}

function hasCommand(name) {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
