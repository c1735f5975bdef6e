// The test suite of another OCI runtime, crun: its source as this machine's release of Debian has it, fetched by apt (which
// checks signatures) and kept under build/suites/. Knows nothing of how it is run. Plain JavaScript for Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

/** The one whose tests were read (test/integration/peers/differences.ts); another one may ask for other things. */
export const CRUN_VERSION = '1.8.1';

/**
 * Fetches and compiles what the suite needs, unless it is there.
 * @returns {{ directory: string } | { reason: string }} the folder with `tests/` and the program `tests/init`, or why there is none.
 */
export function crunSuite() {
  const home = join(ROOT, 'build', 'suites');
  const directory = join(home, `crun-${CRUN_VERSION}`);
  if (existsSync(directory)) return { directory };
  const work = join(home, `new-${process.pid}`);
  try {
    mkdirSync(work, { recursive: true });
    const source = download(work);
    compile(source);
    renameSync(source, directory);
    return { directory };
  } catch (error) {
    return { reason: `the tests of crun ${CRUN_VERSION} can't be had: ${error.message}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Only lists of its own are touched: this machine's apt stays as it is. Returns the unpacked folder. */
function download(work) {
  const lists = join(work, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const sources = sourceLists(work);
  const settings = Object.entries({
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': sources,
    'Dir::State::Lists': lists,
    'Dir::Cache': join(work, 'cache'),
    'APT::Sandbox::User': '',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // A source without sources of packages fails here and does no harm.
  run('apt-get', ['-q', ...settings, 'update'], work, true);
  run('apt-get', ['-q', ...settings, 'source', '--download-only', 'crun'], work);
  const archive = `crun_${CRUN_VERSION}.orig.tar.xz`;
  if (!existsSync(join(work, archive))) throw new Error('this release of Debian has another version');
  const unpacked = join(work, 'crun');
  mkdirSync(unpacked);
  run('tar', ['-xJf', archive, '-C', unpacked, '--strip-components=1'], work);
  return unpacked;
}

/** The machine's own lists of packages, as lists of sources. */
function sourceLists(work) {
  const directory = join(work, 'sources');
  mkdirSync(directory);
  const parts = '/etc/apt/sources.list.d';
  const files = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  for (const [index, file] of ['/etc/apt/sources.list', ...files].entries()) {
    if (!existsSync(file) || !/\.(list|sources)$/.test(file)) continue;
    const text = readFileSync(file, 'utf8')
      .replace(/^deb(?=\s)/gm, 'deb-src')
      .replace(/^Types:.*$/gm, 'Types: deb-src');
    writeFileSync(join(directory, `${index}.${file.endsWith('.sources') ? 'sources' : 'list'}`), text);
  }
  return directory;
}

/** What their tests of mounts take from a Python module that Debian has not: the two columns of options in a mountinfo file. */
const LIBMOUNT = `class Table:
    def __init__(self, path):
        with open(path) as file:
            self.lines = [line.split() for line in file]

    def find_target(self, target):
        fields = [line for line in self.lines if line[4] == target][-1]
        found = lambda: None
        found.vfs_options, found.fs_options = fields[5], fields[-1]
        return found
`;

/** The program that is the first process of their containers, and the module. */
function compile(source) {
  writeFileSync(join(source, 'tests/libmount.py'), LIBMOUNT);
  writeFileSync(join(source, 'config.h'), '#define HAVE_SECCOMP 1\n#define HAVE_ERROR_H 1\n');
  run('gcc', ['-static', '-I', '.', 'tests/init.c', '-o', 'tests/init', '-lseccomp'], source);
}

function run(program, words, cwd, mayFail = false) {
  const { status, error, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (error !== undefined) throw new Error(`${program}: ${error.message}`);
  if (status !== 0 && !mayFail) throw new Error(`${program} failed: ${stderr.trim().split('\n').at(-1)}`);
}
