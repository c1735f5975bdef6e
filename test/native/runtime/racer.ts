// Work done while two names are exchanged again and again (racer.c). Knows no program under test.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** Builds the racer in `directory` and runs it until `work` has ended. Needs gcc. */
export async function whileExchanged(
  directory: string,
  first: string,
  second: string,
  work: () => Promise<void> | void,
): Promise<void> {
  const program = join(directory, 'racer');
  execFileSync('gcc', ['-static', '-O1', '-o', program, join(import.meta.dirname, 'racer.c')]);
  const racer: ChildProcess = spawn(program, [first, second], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => racer.once('exit', done));
  try {
    await new Promise((done) => racer.stdout?.once('data', done));
    await work();
  } finally {
    racer.stdin?.end();
    await ended;
  }
}
