// `npm run analyze`: clang's static analyzer over native/src; any finding is a failure. Plain JavaScript.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, PACKAGES, ROOT } from './setup.mjs';

const NATIVE = join(ROOT, 'native');
const FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', '-Isrc', '-Xclang', '-analyzer-output=text'];
const CHECKERS = ['nullability', 'optin.portability', 'security.insecureAPI.rand', 'security.insecureAPI.vfork'];

/**
 * The analyzer takes no notice of __attribute__((cleanup)) and so sees each CLEAN_FREE as a leak; leaks are LeakSanitizer's (`make asan`).
 */
const BLIND = /: warning: Potential leak of memory pointed to by/;

/** Findings of one file, each with its path through the code. */
function analyze(file) {
  const checkers = CHECKERS.flatMap((name) => ['-Xclang', `-analyzer-checker=${name}`]);
  const child = spawn('clang', ['--analyze', ...FLAGS, ...checkers, file, '-o', '/dev/null'], {
    cwd: NATIVE,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      const findings = text
        .split(/^(?=\S+:\d+:\d+: (?:warning|error): )/m)
        .filter((part) => /: (warning|error): /.test(part));
      if (status !== 0 && findings.length === 0) findings.push(`${file}: clang ended with ${status}: ${text}`);
      resolve(findings.filter((finding) => !BLIND.test(finding)));
    });
  });
}

const files = readdirSync(join(NATIVE, 'src'), { recursive: true })
  .filter((name) => name.endsWith('.c'))
  .map((name) => `src/${name}`);
ensurePackages(PACKAGES.nativeCheck);
const count = files.length;
const findings = [];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) findings.push(...(await analyze(file)));
  }),
);
for (const finding of findings) console.log(finding);
console.log(`${count} files analyzed, ${findings.length} findings`);
process.exitCode = count > 0 && findings.length === 0 ? 0 : 1;
