// A tiny root file system, bundles for it, and the shim with its attach socket: what the tests of this folder drive.
// Knows the contracts in native/README.md and nothing of the C sources.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  copyFileSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { FRAME, HELLO_FLAGS } from '../../../runtime-server/protocol/frames.ts';
import { Attached } from './attached.ts';
import { DEFAULT_CAPS } from './profile.ts';

const root = resolve(import.meta.dirname, '../../..');
const directory = process.env['SLIPWAY_TEST_BIN'] ?? join(root, 'dist/bin');

/** The program under test; `SLIPWAY_TEST_BIN` names another build (sanitizers). */
export const runtime = join(directory, 'slipway-runtime');

/** True inside of the user namespace that `rootless.test.ts` runs everything in again. */
export const inUserNamespace = process.env['SLIPWAY_TEST_USERNS'] === '1';

/** Why these tests can't run here, or false. */
export const unavailable: string | false = !existsSync(runtime)
  ? 'slipway-runtime is not built (make -C native)'
  : !existsSync('/bin/busybox')
    ? '/bin/busybox is missing (package busybox-static)'
    : process.getuid?.() === 0
      ? false
      : 'neither root nor in a user namespace';

export interface ProcessSpec {
  terminal?: boolean;
  user: { uid: number; gid: number; additionalGids?: number[]; umask?: number };
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: Record<string, string[]>;
  rlimits?: { type: string; soft: number; hard: number }[];
  noNewPrivileges?: boolean;
  oomScoreAdj?: number;
  consoleSize?: { height: number; width: number };
}

export interface Mount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
}

export interface Spec {
  ociVersion: string;
  process: ProcessSpec;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  mounts: Mount[];
  linux: {
    namespaces: { type: string; path?: string }[];
    maskedPaths?: string[];
    readonlyPaths?: string[];
    sysctl?: Record<string, string>;
    seccomp?: object;
    [more: string]: unknown;
  };
}

/** The `process` object of an ordinary container that runs `args`. */
export function processSpec(args: string[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    user: { uid: 0, gid: 0 },
    args,
    env: ['PATH=/bin', 'TERM=xterm', 'HOME=/'],
    cwd: '/',
    capabilities: { bounding: DEFAULT_CAPS, effective: DEFAULT_CAPS, permitted: DEFAULT_CAPS },
    ...more,
  };
}

/** One scratch directory with a rootfs of busybox; `dispose` takes it all away. */
export class Sandbox {
  readonly dir = mkdtempSync(join(tmpdir(), 'slipway-runtime-'));
  readonly rootfs = join(this.dir, 'rootfs');
  #count = 0;
  readonly #shims: Shim[] = [];

  constructor() {
    chmodSync(this.dir, 0o755);
    for (const name of ['bin', 'etc', 'tmp', 'home']) mkdirSync(join(this.rootfs, name), { recursive: true });
    copyFileSync('/bin/busybox', join(this.rootfs, 'bin/busybox'));
    const applets = spawnSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(this.rootfs, 'bin', applet));
    writeFileSync(join(this.rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n');
    writeFileSync(join(this.rootfs, 'bin/not-executable'), '#!/bin/sh\n', { mode: 0o644 });
    writeFileSync(join(this.rootfs, 'bin/no-format'), 'neither ELF nor script', { mode: 0o755 });
    writeFileSync(join(this.rootfs, 'bin/no-interpreter'), '#!/bin/missing\n', { mode: 0o755 });
  }

  /** The spec of an ordinary container on an overlay of the rootfs. */
  spec(args: string[], process: Partial<ProcessSpec> = {}): Spec {
    const id = `c${++this.#count}`;
    for (const name of ['upper', 'work', 'rootfs']) mkdirSync(join(this.dir, id, name), { recursive: true });
    const flags = ['nosuid', 'noexec', 'nodev'];
    const overlay = [
      `lowerdir+=${this.rootfs}`,
      `upperdir=${this.dir}/${id}/upper`,
      `workdir=${this.dir}/${id}/work`,
      'userxattr',
    ];
    return {
      ociVersion: '1.2.0',
      process: processSpec(args, process),
      root: { path: join(this.dir, id, 'rootfs') },
      hostname: 'box',
      mounts: [
        { destination: '/', type: 'overlay', source: 'overlay', options: overlay },
        { destination: '/proc', type: 'proc', source: 'proc', options: flags },
        {
          destination: '/dev',
          type: 'tmpfs',
          source: 'tmpfs',
          options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
        },
        {
          destination: '/dev/pts',
          type: 'devpts',
          source: 'devpts',
          options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
        },
        { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...flags, 'ro'] },
        { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...flags, 'ro'] },
        { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: flags },
        { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...flags, 'mode=1777', 'size=65536k'] },
      ],
      linux: {
        namespaces: ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
        maskedPaths: [
          '/proc/kcore',
          '/proc/keys',
          '/proc/acpi',
          '/proc/timer_list',
          '/sys/firmware',
          '/proc/does-not-exist',
        ],
        readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      },
    };
  }

  /** Writes the bundle and starts a shim on it; resolves with its ready line. */
  async start(spec: Spec, options: ShimOptions = {}): Promise<Shim> {
    const dir = join(this.dir, `s${++this.#count}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    return this.#shim(dir, dir, options);
  }

  /** Starts a shim that runs `process` inside of the container of `shim`. */
  async exec(shim: Shim, spec: ProcessSpec, options: ShimOptions = {}): Promise<Shim> {
    const dir = join(this.dir, `e${++this.#count}`);
    mkdirSync(dir);
    const file = join(dir, 'process.json');
    writeFileSync(file, JSON.stringify(spec));
    return this.#shim(dir, shim.bundle, {
      ...options,
      args: ['--exec', file, '--target', `${shim.pid}:${shim.ready.startTime}`],
    });
  }

  /** Runs to the end: exit file and log. */
  async run(spec: Spec, options: ShimOptions = {}): Promise<Finished> {
    const shim = await this.start(spec, options);
    return shim.finish();
  }

  async #shim(dir: string, bundle: string, options: ShimOptions): Promise<Shim> {
    const shim = new Shim(dir, bundle, options);
    this.#shims.push(shim);
    await shim.started;
    return shim;
  }

  dispose(): void {
    for (const shim of this.#shims) shim.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export interface ShimOptions {
  readonly stdin?: boolean;
  readonly hold?: boolean;
  /** False: it keeps none. */
  readonly log?: boolean;
  readonly args?: string[];
}

export interface Ready {
  readonly status: 'started' | 'error';
  readonly pid?: number;
  readonly startTime?: number;
  readonly code?: number;
  readonly step?: string;
  readonly path?: string;
  readonly errno?: number;
  readonly message?: string;
}

export interface Finished {
  readonly ready: Ready;
  readonly exitCode: number;
  readonly signal: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
}

/** One running shim and the files it was told to use. */
export class Shim {
  readonly socket: string;
  readonly exitFile: string;
  readonly log: string;
  readonly bundle: string;
  readonly child: ChildProcess;
  readonly started: Promise<Ready>;
  readonly ended: Promise<number | null>;
  ready: Ready = { status: 'error' };
  diagnostics = '';

  constructor(dir: string, bundle: string, options: ShimOptions) {
    this.socket = join(dir, 'attach.sock');
    this.exitFile = join(dir, 'exit.json');
    this.log = join(dir, 'log');
    this.bundle = bundle;
    const args = ['shim', '--bundle', bundle, '--socket', this.socket, '--exit', this.exitFile];
    if (options.log !== false) args.push('--log', this.log);
    if (options.stdin) args.push('--stdin');
    if (options.hold) args.push('--hold');
    this.child = spawn(runtime, [...args, ...(options.args ?? [])], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr?.on('data', (text: Buffer) => (this.diagnostics += text.toString()));
    this.ended = new Promise((done) =>
      this.child.on('exit', (code) => {
        done(code);
      }),
    );
    this.started = new Promise((done, fail) => {
      let text = '';
      this.child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
      this.child.stdout?.on('close', () => {
        try {
          this.ready = JSON.parse(text) as Ready;
          done(this.ready);
        } catch (cause) {
          fail(new Error(`not one JSON line: ${JSON.stringify(text)} ${this.diagnostics}`, { cause }));
        }
      });
    });
  }

  get pid(): number {
    if (this.ready.pid === undefined) throw new Error(`not started: ${JSON.stringify(this.ready)} ${this.diagnostics}`);
    return this.ready.pid;
  }

  /** Waits for the shim's end and reads what it left. */
  async finish(): Promise<Finished> {
    if (this.ready.status !== 'started')
      throw new Error(`not started: ${JSON.stringify(this.ready)} ${this.diagnostics}`);
    const code = await this.ended;
    if (code !== 0) throw new Error(`shim ended with ${code}: ${this.diagnostics}`);
    const exit = JSON.parse(readFileSync(this.exitFile, 'utf8')) as { exitCode: number; signal: number | null };
    const text = (stream: string): string =>
      this.logLines()
        .filter((line) => line.stream === stream)
        .map((line) => line.log)
        .join('');
    return {
      ready: this.ready,
      exitCode: exit.exitCode,
      signal: exit.signal,
      stdout: text('stdout'),
      stderr: text('stderr'),
    };
  }

  logLines(): LogLine[] {
    return readFileSync(this.log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  attach(flags: number = HELLO_FLAGS.Stdin | HELLO_FLAGS.Output, rows = 0, columns = 0): Promise<Attached> {
    const client = new Attached(this.socket);
    const hello = Buffer.from([1, flags, rows >> 8, rows & 255, columns >> 8, columns & 255]);
    client.send(FRAME.Hello, hello);
    return client.hello.then(() => client);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
