// `npm run test:mutations [PATTERN]`: takes each defence of table.ts away in a scratch copy, runs the one test
// that names it, and tells which tests would not have noticed. Leaves the working tree alone.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TEST_SECONDS = 60;
const wanted = new RegExp(process.argv[2] ?? '', 'i');
const chosen = MUTATIONS.filter((mutation) => wanted.test(`${mutation.name} ${mutation.file}`));
const scratch = mkdtempSync(join(tmpdir(), 'slipway-mutations-'));
const node = process.execPath;
/** Programs were built from a file that has been put back since. */
let stale = false;
const outcomes = { noticed: 0, survived: [] as string[], broken: [] as string[] };

copyProject();
must(make(), 'build the copy');
checkUntouched();
for (const mutation of chosen) {
  const outcome = tryWithout(mutation);
  console.log(`${outcome.padEnd(8)}  ${mutation.name}  (${mutation.file})`);
  if (outcome === 'noticed') outcomes.noticed += 1;
  else outcomes[outcome].push(mutation.name);
}
rmSync(scratch, { recursive: true, force: true });
console.log(
  `${outcomes.noticed} of ${chosen.length} noticed, ${outcomes.survived.length} survived, ${outcomes.broken.length} broken`,
);
process.exitCode = outcomes.noticed === chosen.length ? 0 : 1;

/** What git knows or would add, beside the dependencies and what the tests need of dist/. */
function copyProject(): void {
  const list = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const path of list.stdout.toString().split('\0').filter(Boolean)) {
    if (!existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    cpSync(join(ROOT, path), join(scratch, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
  cpSync(join(ROOT, 'dist'), join(scratch, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.vsix') });
}

/** Without warnings: a removed check leaves things unused. */
function make(): SpawnSyncReturns<string> {
  return spawnSync('make', ['-C', join(scratch, 'native'), '-j2', 'WARNINGS=-w', 'OPTIMISE=-O1 -g'], {
    encoding: 'utf8',
  });
}

/** The server's bundle, for tests that type commands. */
function bundle(): SpawnSyncReturns<string> {
  return spawnSync(node, [join(scratch, 'scripts/build.mjs')], { encoding: 'utf8', cwd: scratch });
}

function must(run: SpawnSyncReturns<string>, what: string): void {
  if (run.status !== 0) throw new Error(`${what}: ${run.stdout}${run.stderr}`);
}

/** Each test passes as long as nothing is taken away; otherwise its failing says nothing. */
function checkUntouched(): void {
  for (const test of new Set(chosen.map((mutation) => mutation.test))) {
    const run = runTest(test);
    const passed = [...run.text.matchAll(/^ *ok \d+ - (?!.*# SKIP)(.*)$/gm)].map(([, name = '']) => name);
    const failed = [...run.text.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name = '']) => name);
    for (const { name, pattern } of chosen.filter((mutation) => mutation.test === test)) {
      const matches = (title: string): boolean => new RegExp(pattern).test(title);
      if (failed.some(matches) || !passed.some(matches))
        throw new Error(`${test} /${pattern}/ does not pass with nothing taken away (${name})\n${run.text}`);
    }
  }
}

function runTest(test: string, pattern?: string): { status: number | null; text: string } {
  const only = pattern === undefined ? [] : [`--test-name-pattern=${pattern}`];
  const run = spawnSync(node, ['--test', '--test-reporter=tap', ...only, test], {
    cwd: scratch,
    encoding: 'utf8',
    timeout: (pattern === undefined ? 5 : 1) * TEST_SECONDS * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
  });
  return { status: run.status, text: run.stdout + run.stderr };
}

function tryWithout(mutation: Mutation): 'noticed' | 'survived' | 'broken' {
  const path = join(scratch, mutation.file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(mutation.text).length !== 2) return 'broken';
  const native = mutation.file.startsWith('native/src/');
  const bundled = mutation.file.startsWith('runtime-server/') && mutation.test.startsWith('test/integration/cli/');
  writeFileSync(
    path,
    whole.replace(mutation.text, () => mutation.without),
  );
  try {
    const outdated = stale;
    stale = native;
    if ((native || outdated) && make().status !== 0) return 'broken';
    if (bundled && bundle().status !== 0) return 'broken';
    return runTest(mutation.test, mutation.pattern).status === 0 ? 'survived' : 'noticed';
  } finally {
    writeFileSync(path, whole);
    if (bundled) must(bundle(), 'bundle the copy again');
  }
}
