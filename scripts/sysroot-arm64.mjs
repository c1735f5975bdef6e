// The libraries that a build for aarch64 links, from Debian's arm64 packages, unpacked under build/sysroot-arm64: nothing is
// installed, and apt's own state stays as it is. Done once; kept by the list of packages.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup.mjs';

const PACKAGES = [
  'libjson-c-dev',
  'libseccomp-dev',
  'libzstd-dev',
  'libssl-dev',
  'libisal-dev',
  'libisal2',
  'busybox-static',
];

/** @returns {string} the folder with usr/include and usr/lib/aarch64-linux-gnu. */
export function arm64Sysroot(log = () => undefined) {
  const directory = join(ROOT, 'build', 'sysroot-arm64');
  const stamp = join(directory, `stamp-${PACKAGES.join('+')}`);
  if (existsSync(stamp)) return directory;
  log('slipway: fetching the arm64 libraries');
  const work = join(ROOT, 'build', `sysroot-${process.pid}`);
  rmSync(directory, { recursive: true, force: true });
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs', 'root'])
    mkdirSync(join(work, name), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  const options = [
    'APT::Architecture=arm64',
    'APT::Architectures::=arm64',
    `Dir::State=${join(work, 'state')}`,
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, '-q', 'update'], work);
  run('apt-get', [...options, '-q', 'download', ...PACKAGES], join(work, 'debs'));
  for (const name of readdirSync(join(work, 'debs')))
    run('dpkg', ['-x', join(work, 'debs', name), join(work, 'root')], work);
  renameSync(join(work, 'root'), directory);
  rmSync(work, { recursive: true, force: true });
  writeFileSync(stamp, '');
  return directory;
}

function run(program, args, cwd) {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ${args.at(-1)} failed:\n${stderr}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(arm64Sysroot(console.log));
