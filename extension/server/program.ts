// Runs the thin client for `server start` and `server stop` and turns how it ended into an error. Knows no vscode.

import { spawn } from 'node:child_process';
import { CommandError } from '../base/failure.ts';

export interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds after which a start or stop that never ends is given up. */
const GIVE_UP_AFTER = 60_000;
/** Characters of its output kept for the message. */
const OUTPUT_MAX = 8_192;

/** Starts the server unless it runs; resolves when it is ready for connections. */
export async function startServer(program: Program, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  await run(program, ['server', 'start'], options);
}

/** Ends the server when it runs; the containers stay. */
export async function stopServer(program: Program, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  await run(program, ['server', 'stop'], options);
}

function run(program: Program, args: readonly string[], options: { readonly signal?: AbortSignal }): Promise<void> {
  const doing = args.join(' ');
  const timeout = AbortSignal.timeout(GIVE_UP_AFTER);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  return new Promise((resolve, reject) => {
    const child = spawn(program.path, args, { cwd: '/', env: program.env, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    const keep = (chunk: Buffer): void => {
      if (output.length < OUTPUT_MAX) output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      const reason = timeout.aborted ? `no answer within ${GIVE_UP_AFTER / 1000} seconds` : error.message;
      reject(new Error(`${doing}: ${reason}`, { cause: error }));
    });
    // Success counts from `exit`; a failure waits for `close`, when all it said has been read.
    child.once('exit', (code) => {
      if (code !== 0) return;
      child.stdout.destroy();
      child.stderr.destroy();
      resolve();
    });
    child.once('close', (code, exitSignal) => {
      reject(programFailure(doing, output, code ?? exitSignal));
    });
  });
}

/** The client says `slipway: verb object: reason` and, on the next line, what to do about it. */
function programFailure(doing: string, output: string, ended: number | string | null): CommandError {
  const [first = '', ...rest] = output.trim().split('\n');
  const message = first === '' ? `${doing}: ended with ${ended ?? 'no status'}` : first.replace(/^slipway: /, '');
  const hint = rest.map((line) => line.trim()).join(' ');
  return new CommandError({ code: 'Internal', message, ...(hint === '' ? {} : { hint }) });
}
