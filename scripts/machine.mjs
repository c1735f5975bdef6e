// `npm run test:machine`: an honest fresh machine. Boots a stock Debian with systemd in qemu (software emulation: no KVM is
// needed) and runs test/machine there, as an ordinary user and as root, over a real reboot. Prints counts as mocha does.
//   machine.mjs [RUN…]    only these runs        Expects a finished build.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crunSuite } from './foreign-suite.mjs';
import { machineImage } from './machine-image.mjs';
import { ensurePackages, PACKAGES, ROOT } from './setup.mjs';

/** Each is one `node --test`: in which boot, by whom, the test files of which folders. In this order. */
const RUNS = [
  { boot: 1, name: 'ordinary', user: 'tester', folders: ['test/machine/ordinary'] },
  { boot: 2, name: 'rebooted', user: 'tester', folders: ['test/machine/rebooted'] },
  { boot: 2, name: 'root', user: 'root', folders: ['test/machine/root', 'test/native/cgroup'] },
];

const BOUND = 20 * 60_000;
const RESULTS = join(ROOT, 'test-results');
const WORK = join(ROOT, 'build', 'machine-run');

/** The second disk: what is built, the tests, those of crun, and a Node. */
function makePayload(runs) {
  const tree = join(WORK, 'tree');
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(join(tree, 'dist'), { recursive: true });
  for (const name of ['dist', 'test', 'runtime-server', 'native/seccomp', 'package.json'])
    cpSync(join(ROOT, name), join(tree, name), {
      recursive: true,
      filter: (path) => !/\.vsix$|\/bin\/node$|\/corpus$/.test(path),
    });
  cpSync(realpathSync(join(ROOT, 'dist/bin/node')), join(tree, 'dist/bin/node'));
  const suite = crunSuite();
  if ('reason' in suite) console.log(suite.reason);
  else cpSync(join(suite.directory, 'tests'), join(tree, 'suites/crun/tests'), { recursive: true });
  writeFileSync(
    join(tree, 'runs'),
    runs.map(({ boot, name, user, files }) => `${boot} ${name} ${user} ${files.join(' ')}\n`).join(''),
  );
  const disk = join(WORK, 'payload.img');
  const options = ['-q', '-t', 'ext4', '-O', '^has_journal', '-E', 'root_owner=0:0', '-d', tree];
  const { status, stderr } = spawnSync('mke2fs', [...options, disk, '512M'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mke2fs failed: ${stderr}`);
  return disk;
}

/** Runs the machine to its power off; its console goes to test-results/machine-console.log. */
async function boot(image, payload) {
  const results = join(WORK, 'results');
  const drive = (file, more = '') => ['-drive', `file=${file},if=virtio,format=raw,cache=unsafe${more}`];
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      // One processor: with two, emulation ends in soft lock-ups.
      ...[
        '-accel',
        'tcg',
        '-icount',
        'shift=1',
        '-rtc',
        'clock=vm',
        '-smp',
        '1',
        '-cpu',
        'max',
        '-m',
        '2048',
        '-display',
        'none',
        '-monitor',
        'none',
      ],
      ...['-nic', 'none', '-serial', `file:${join(RESULTS, 'machine-console.log')}`],
      ...['-kernel', image.kernel, '-initrd', image.initrd],
      ...[
        '-append',
        'root=/dev/vda rw console=ttyS0 quiet nowatchdog panic=-1 systemd.mask=serial-getty@ttyS0.service',
      ],
      // What the machine writes is gone with it; a reboot keeps it.
      ...drive(image.disk, ',snapshot=on'),
      ...drive(payload, ',readonly=on'),
      ...['-device', 'virtio-serial', '-chardev', `file,id=results,path=${results}`],
      ...['-device', 'virtserialport,chardev=results,name=slipway.results'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TMPDIR: WORK } },
  );
  let complaint = '';
  qemu.stderr.on('data', (text) => (complaint += text));
  const bound = setTimeout(() => {
    complaint += `not done after ${BOUND / 60_000} minutes`;
    qemu.kill('SIGKILL');
  }, BOUND);
  const status = await new Promise((resolve, reject) => {
    qemu.on('error', reject);
    qemu.on('close', resolve);
  });
  clearTimeout(bound);
  return { status, complaint, text: readFileSync(results, 'utf8') };
}

/** The TAP of one run, and whether it was all there. */
function resultOf(name, text) {
  const lines = text.split('\n');
  const begin = lines.indexOf(`== begin ${name}`);
  const end = lines.findIndex((line) => line.startsWith(`== end ${name} `));
  const tap = begin === -1 ? '' : lines.slice(begin + 1, end === -1 ? undefined : end).join('\n');
  writeFileSync(join(RESULTS, `machine-${name}.tap`), `${tap}\n`);
  const count = (word) => Number([...tap.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const whole = end !== -1 && lines[end] === `== end ${name} 0` && count('pass') > 0;
  const failed = count('fail') + count('cancelled');
  return { name, tap, passed: count('pass'), skipped: count('skipped'), failed: whole ? failed : Math.max(failed, 1) };
}

function testsIn(folder) {
  const names = existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)) : [];
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

async function main(wanted) {
  mkdirSync(RESULTS, { recursive: true });
  const runs = RUNS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map((run) => ({
    ...run,
    files: run.folders.flatMap(testsIn),
  }));
  const started = Date.now();
  const image = machineImage(console.log);
  const payload = makePayload(runs);
  console.log(`disks: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const { status, complaint, text } = await boot(image, payload);
  const results = runs.map(({ name }) => resultOf(name, text));
  console.log(`all: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  for (const { tap, failed, name } of results)
    if (failed > 0) console.log(`${name} failed; its output (also in test-results/machine-${name}.tap):\n${tap}`);
  if (status !== 0) console.log(`qemu ended with ${status}: ${complaint}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  for (const { tap } of results)
    for (const [line] of tap.matchAll(/^\s*ok \d+ - .* # SKIP.*$/gm)) console.log(line.trim());
  console.log(`${sum('passed')} passing\n${sum('skipped')} pending\n${sum('failed') + (status === 0 ? 0 : 1)} failing`);
  rmSync(WORK, { recursive: true, force: true });
  process.exitCode = status === 0 && sum('failed') === 0 ? 0 : 1;
}

ensurePackages(PACKAGES.machine);
await main(process.argv.slice(2));
