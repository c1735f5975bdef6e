// Builds native/ for aarch64 and runs what can be run of it under qemu's user mode, which knows no namespaces: each program
// starts, reads and answers as its twin does here. Prints one line for each; any failure ends with status 1.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ensurePackages, PACKAGES, ROOT } from './setup.mjs';
import { arm64Sysroot } from './sysroot-arm64.mjs';

const EMULATOR = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];
const HERE = join(ROOT, 'dist', 'bin');
export const ARM64 = join(ROOT, 'build', 'native-arm64', 'bin');

/** Builds build/native-arm64/bin. */
export function buildArm64() {
  arm64Sysroot(console.log);
  const { status } = spawnSync('make', ['-s', '-C', join(ROOT, 'native'), '-j2', 'cross'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('make cross failed');
}

function answers(program, args, input) {
  const run = (command) => {
    const { status, stdout, error } = spawnSync(command[0], [...command.slice(1), ...args()], {
      input,
      encoding: 'utf8',
    });
    if (error !== undefined) throw error;
    return { status, stdout };
  };
  return [run([join(HERE, program)]), run([...EMULATOR, join(ARM64, program)])];
}

/** Compares both builds on one command line; `args` is made anew for each. */
function same(title, program, args, input = '') {
  const [here, there] = answers(program, args, input);
  const equal = here.stdout !== '' && isDeepStrictEqual(here, there);
  console.log(`${equal ? 'ok' : 'not ok'} aarch64: ${title}${equal ? '' : `\n${JSON.stringify({ here, there })}`}`);
  return equal;
}

function checkArm64() {
  const work = mkdtempSync(join(tmpdir(), 'slipway-arm64-'));
  // Without entries: qemu 7.2 has no openat2. Its bytes go through decompression and SHA-256 all the same.
  const nothing = Buffer.alloc(3 << 20);
  const folder = () => [
    'unpack',
    '--dest',
    mkdtempSync(join(work, 'd-')),
    ...(process.getuid() === 0 ? [] : ['--squash-ids']),
  ];
  try {
    return [
      same('the runtime tells what it can', 'slipway-runtime', () => ['features']),
      same('the runtime tells its version', 'slipway-runtime', () => ['--version']),
      same('the runtime names a mistake in its words', 'slipway-runtime', () => ['shim', '--what']),
      same('a layer, plain', 'slipway-layer', folder, nothing),
      same('a layer, gzip', 'slipway-layer', folder, gzipSync(nothing)),
      same('a layer, zstd', 'slipway-layer', folder, zstdCompressSync(nothing)),
      same('a layer, cut', 'slipway-layer', folder, gzipSync(nothing).subarray(0, 500)),
    ].every((equal) => equal);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

ensurePackages(PACKAGES.nativeCheck);
buildArm64();
process.exitCode = checkArm64() ? 0 : 1;
