// Other container engines of the machine, driving our runtime: podman, and a dockerd of the test's own. Each runs in a mount
// namespace of its own with cgroup v2 on /sys/fs/cgroup, with all of its files in a temporary directory.

import { execFileSync, spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const RUNTIME = resolve(import.meta.dirname, '../../dist/bin/slipway-runtime');
const ON_UNIFIED = 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';
/** Words for unshare(1) that run what follows with cgroup v2 alone, without controllers. */
export const UNSHARE = ['--mount', '--propagation', 'private', 'sh', '-c', ON_UNIFIED, 'sh'];

/** Why this peer can't be used here, for `skip`. */
export function withoutPeer(program: string): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((directory) => existsSync(join(directory, program)))
    ? false
    : `${program} is not installed`;
}

export interface Peer {
  /** Runs the peer's client with these words. */
  run(words: readonly string[]): SpawnSyncReturns<string>;
  /** The same with a terminal of its own. */
  runOnTerminal(words: readonly string[]): SpawnSyncReturns<string>;
  dispose(): Promise<void>;
}

/** A root file system of busybox as a tar archive. */
function archive(directory: string): Buffer {
  const bin = join(directory, 'fs/bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync('/bin/busybox', join(bin, 'busybox'));
  for (const name of ['sh', 'echo', 'ls', 'cat', 'sleep', 'id', 'true', 'ps', 'grep', 'pwd', 'kill', 'touch'])
    symlinkSync('busybox', join(bin, name));
  mkdirSync(join(directory, 'fs/tmp'));
  chmodSync(join(directory, 'fs/tmp'), 0o1777);
  return execFileSync('tar', ['-C', join(directory, 'fs'), '-c', '.'], { maxBuffer: 64 << 20 });
}

function client(command: readonly string[], env: NodeJS.ProcessEnv): Pick<Peer, 'run' | 'runOnTerminal'> {
  const options = { encoding: 'utf8', timeout: 60_000, env } as const;
  const quoted = (words: readonly string[]): string =>
    words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return {
    run: (words) => spawnSync('unshare', [...UNSHARE, ...command, ...words], { ...options, input: '' }),
    runOnTerminal: (words) =>
      spawnSync('unshare', [...UNSHARE, 'script', '-qec', quoted([...command, ...words]), '/dev/null'], {
        ...options,
        input: '',
      }),
  };
}

/** podman with the image `box`. */
export function podman(): Peer {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-podman-'));
  const storage = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  const manner = ['--cgroup-manager', 'cgroupfs', '--events-backend', 'none', '--tmpdir', join(directory, 'tmp')];
  const command = ['podman', ...storage, ...manner, '--runtime', RUNTIME];
  const peer = client(command, process.env);
  spawnSync('unshare', [...UNSHARE, ...command, 'import', '-', 'box'], { input: archive(directory) });
  return {
    ...peer,
    dispose: () => {
      peer.run(['rm', '-f', '-a', '-t', '0']);
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** A dockerd with the runtime `slipway` and the image `box`. */
export async function docker(): Promise<Peer> {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-dockerd-'));
  const socket = `unix://${join(directory, 'd.sock')}`;
  const places = [
    '--data-root',
    join(directory, 'data'),
    '--exec-root',
    join(directory, 'exec'),
    '-p',
    join(directory, 'pid'),
  ];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const storage = ['--storage-driver', 'vfs', '--exec-opt', 'native.cgroupdriver=cgroupfs'];
  const words = ['dockerd', ...places, '-H', socket, ...network, ...storage, '--add-runtime', `slipway=${RUNTIME}`];
  const daemon = spawn('unshare', [...UNSHARE, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const end = async (): Promise<void> => {
    await ended(daemon);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await said(daemon, 'API listen on');
    const env = { ...process.env, DOCKER_HOST: socket };
    const peer = client(['docker'], env);
    spawnSync('docker', ['import', '-', 'box'], { input: archive(directory), env });
    return { ...peer, dispose: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Resolves when the program has said the words on its standard error; what it says later is dropped. */
function said(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-100_000);
      if (text.includes(words)) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`ended before it said ${words}: ${text}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGTERM');
  });
}
