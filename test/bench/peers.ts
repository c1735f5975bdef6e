// The other container managers on this machine, set up for a fair comparison: own data directories, nothing of the
// person's. Says why one is missing.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UNSHARE } from '../support/peers.ts';

export interface Peer {
  readonly name: string;
  /** Words that precede the peer's own arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Options that `run` needs on this machine. */
  readonly runOptions: readonly string[];
  stop(): Promise<void>;
}

export type PeerOrReason = Peer | { readonly name: string; readonly missing: string };

export const have = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** crun and podman refuse a mixed cgroup layout: they get a mount namespace of their own with cgroup v2 alone. */
const CGROUP2 = existsSync('/sys/fs/cgroup/cgroup.controllers') ? [] : ['unshare', ...UNSHARE];

/** A dockerd with its data in `directory`, without a bridge, on a socket of its own. */
export async function docker(directory: string): Promise<PeerOrReason> {
  const name = 'docker';
  if (process.getuid?.() !== 0) return { name, missing: 'needs root' };
  if (!have('dockerd') || !have('docker')) return { name, missing: 'not installed' };
  mkdirSync(directory, { recursive: true });
  const socket = join(directory, 'docker.sock');
  const args = [
    '--data-root',
    join(directory, 'data'),
    '--exec-root',
    join(directory, 'exec'),
    '-p',
    join(directory, 'pid'),
    '-H',
    `unix://${socket}`,
  ];
  const daemon = spawn('dockerd', [...args, '--bridge=none', '--iptables=false'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ready = await saw(daemon, 'API listen on');
  if (!ready) return { name, missing: 'dockerd did not start' };
  return {
    name,
    command: ['docker'],
    env: { DOCKER_HOST: `unix://${socket}` },
    runOptions: ['--network', 'none'],
    stop: () => end(daemon),
  };
}

export function podman(directory: string): PeerOrReason {
  const name = 'podman';
  if (!have('podman')) return { name, missing: 'not installed' };
  mkdirSync(directory, { recursive: true });
  const own = [
    '--root',
    join(directory, 'root'),
    '--runroot',
    join(directory, 'run'),
    '--cgroup-manager=cgroupfs',
    '--events-backend=none',
    '--runtime=crun',
  ];
  return {
    name,
    command: [...CGROUP2, 'podman', ...own],
    env: {},
    runOptions: [
      '--network',
      'none',
      '--cgroups=disabled',
      ...['nofile=1024:1024', 'nproc=1000:1000'].flatMap((limit) => ['--ulimit', limit]),
    ],
    stop: () => Promise.resolve(),
  };
}

export function crun(directory: string): PeerOrReason {
  const name = 'crun run (runtime alone)';
  if (process.getuid?.() !== 0) return { name, missing: 'needs root' };
  if (!have('crun')) return { name, missing: 'not installed' };
  return {
    name,
    command: [...CGROUP2, 'crun', '--root', join(directory, 'crun'), '--cgroup-manager=disabled'],
    env: {},
    runOptions: [],
    stop: () => Promise.resolve(),
  };
}

/** True when the text came on standard error before the process ended. */
function saw(child: ChildProcess, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    let seen = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString()).slice(-10_000);
      if (seen.includes(text)) resolve(true);
    });
    child.on('error', () => {
      resolve(false);
    });
    child.on('close', () => {
      resolve(false);
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('close', () => {
      resolve();
    });
    child.kill('SIGTERM');
  });
}
