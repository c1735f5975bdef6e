// `npm test`: installs what the tests need, builds once, runs every suite, and ends with `N passed, N failed`.
// `npm test -- unit rules`: only those suites.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from './build.mjs';
import { ensureNodeModules, ensurePackages, modernNode, PACKAGES, ROOT } from './setup.mjs';

const RESULTS = join(ROOT, 'test-results');

/**
 * Suites in the order they run; those of one group run at the same time because they don't disturb each other.
 * `files`: node:test suites, with `env` on top, after `make` of that target. `script`: prints mocha's counts. `commands`: programs of
 * node_modules or scripts, each counts as one test. `setup`: prepares later groups.
 */
const GROUPS = [
  [
    {
      name: 'check',
      commands: [
        ['tsc', '--build'],
        ['eslint', '.'],
        ['prettier', '--check', '.'],
      ],
    },
    { name: 'unit', files: ['test/unit/**/*.test.ts', 'test/rules/**/*.test.ts'] },
  ],
  [
    { name: 'native', files: ['test/native/**/*.test.ts', 'test/contract/**/*.test.ts'], packages: ['test'] },
    { name: 'fuzz', files: ['test/fuzz/**/*.test.ts'] },
    { name: 'debian-setup', setup: 'scripts/setup-debian.mjs', packages: ['test'] },
    { name: 'machine-setup', setup: 'scripts/machine-image.mjs', packages: ['machine'] },
    { name: 'vscode-setup', setup: 'scripts/setup-vscode.mjs', packages: ['vscodeServer', 'test'] },
  ],
  [{ name: 'integration', files: ['test/integration/**/*.test.ts'], packages: ['test'] }],
  // An emulated machine has one core, so the others have the second.
  [
    { name: 'machine', script: 'scripts/machine.mjs', packages: ['machine'] },
    { name: 'native-check', commands: [['scripts/analyze.mjs'], ['scripts/cross.mjs']], packages: ['nativeCheck'] },
  ],
  // Slow programs against the tests' own bounds: alone.
  [
    {
      name: 'native-asan',
      make: 'asan',
      files: ['test/native/{layer,client}/*.test.ts', 'test/native/{runtime,cgroup}/*.test.ts'],
      env: {
        SLIPWAY_TEST_BIN: join(ROOT, 'build/native-asan/bin'),
        SLIPWAY_TEST_LAYER: join(ROOT, 'build/native-asan/bin/slipway-layer'),
        SLIPWAY_TEST_CLIENT: join(ROOT, 'build/native-asan/bin/slipway'),
      },
      packages: ['test'],
    },
  ],
  // One after the other: each drives a browser and a VS Code, which want both cores.
  [{ name: 'vscode-host', script: 'test/vscode/host/run.ts', packages: ['vscodeServer', 'test'] }],
  [{ name: 'vscode-ui', files: ['test/vscode/ui/**/*.test.ts'], packages: ['vscodeServer', 'test'] }],
];

const wanted = process.argv.slice(2);
const isWanted = (suite) => wanted.length === 0 || wanted.some((name) => suite.name.startsWith(name));

const started = Date.now();
const groups = GROUPS.map((group) => group.filter(isWanted)).filter((group) => group.length > 0);
ensurePackages([
  ...PACKAGES.build,
  ...groups.flat().flatMap((suite) => (suite.packages ?? []).flatMap((name) => PACKAGES[name])),
]);
ensureNodeModules();
await build();
rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const group of groups) {
  for (const result of await Promise.all(group.map(runSuite))) {
    for (const key of Object.keys(totals)) totals[key] += result[key];
  }
}
console.log(`\nall suites: ${seconds(started)} s`);
const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`;
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

async function runSuite(suite) {
  const begin = Date.now();
  const result = await runKind(suite);
  const words = `${result.passed} passed, ${result.failed} failed${result.skipped === 0 ? '' : `, ${result.skipped} skipped`}`;
  console.log(`\n${suite.name}: ${words} (${seconds(begin)} s)`);
  for (const line of result.notes) console.log(line);
  return result;
}

function runKind(suite) {
  if (suite.files !== undefined) return runNodeTests(suite);
  if (suite.setup !== undefined) return runSetup(suite);
  if (suite.script !== undefined) return runScript(suite);
  return runCommands(suite);
}

/** node:test: what a person reads goes to test-results/NAME.log, the counts come from its TAP twin. */
async function runNodeTests({ name, files, env = {}, make }) {
  if (make !== undefined) {
    const made = await run(`${name}-make`, 'make', ['-s', '-C', 'native', '-j2', make]);
    if (made.status !== 0) return { passed: 0, failed: 1, skipped: 0, notes: [tail(made.output)] };
  }
  const tap = join(RESULTS, `${name}.tap`);
  const reporters = [
    '--test-reporter=spec',
    `--test-reporter-destination=stdout`,
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
  ];
  const { status, output } = await run(
    name,
    modernNode(),
    ['--test', '--test-concurrency=2', ...reporters, ...files],
    env,
  );
  const text = existsSync(tap) ? readFileSync(tap, 'utf8') : '';
  // The summary comes last; a test may print lines that look like it.
  const count = (word) => Number([...text.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  const skipLines = [...text.matchAll(/^\s*ok \d+ - (.*) # SKIP ?(.*)$/gm)].map(
    ([, test, reason]) => `  skipped: ${test}${reason === '' ? '' : ` (${reason})`}`,
  );
  const broken = status !== 0 || count('pass') === 0;
  const notes = [...skipLines, ...(broken ? [tail(output)] : [])];
  return { passed: count('pass'), failed: failed === 0 && broken ? 1 : failed, skipped: count('skipped'), notes };
}

/** A script that runs mocha in VS Code's extension host and prints its `N passing`, `N failing`. */
async function runScript({ name, script }) {
  const { status, output } = await run(name, modernNode(), [script]);
  const count = (word) =>
    [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((sum, [, number]) => sum + Number(number), 0);
  const failed = count('failing');
  const passed = count('passing');
  const broken = status !== 0 || passed === 0;
  return {
    passed,
    failed: failed === 0 && broken ? 1 : failed,
    skipped: count('pending'),
    notes: broken ? [tail(output)] : [],
  };
}

async function runCommands({ name, commands }) {
  const result = { passed: 0, failed: 0, skipped: 0, notes: [] };
  for (const [program, ...args] of commands) {
    const path = program.endsWith('.mjs') ? program : join('node_modules', '.bin', program);
    const { status, output } = await run(`${name}-${basename(program)}`, modernNode(), [join(ROOT, path), ...args]);
    if (status === 0) result.passed++;
    else {
      result.failed++;
      result.notes.push(`  ${program} failed:`, tail(output));
    }
  }
  return result;
}

/** Not a test, but slow enough to run beside one; its failure is one. */
async function runSetup({ name, setup }) {
  const { status, output } = await run(name, process.execPath, [join(ROOT, setup)]);
  return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0, notes: status === 0 ? [] : [tail(output)] };
}

/** Runs a program with its output in test-results/NAME.log. */
function run(name, program, args, env = {}) {
  return new Promise((resolve) => {
    const log = createWriteStream(join(RESULTS, `${name}.log`));
    const chunks = [];
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        log.write(chunk);
      });
    }
    child.on('close', (status) => {
      log.end();
      resolve({ status: status ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}

function tail(output) {
  const lines = output.trimEnd().split('\n');
  const failures = lines.findIndex((line) => /failing tests:|\d+ failing/.test(line));
  return (failures === -1 ? lines.slice(-60) : lines.slice(failures, failures + 200))
    .map((line) => `  ${line}`)
    .join('\n');
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}
