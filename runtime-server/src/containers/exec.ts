// `exec`: one more process in a running container, with a shim of its own. Nothing of it is kept on disk.

import { rm, writeFile } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path/posix';
import { invalidArgument, unavailable } from '../base/errors.ts';
import type { Launcher, StartedProcess } from '../launcher/shim.ts';
import { connectShim, type ShimEnd } from '../launcher/shim-connection.ts';
import { mergeEnv, processSpec, userAnnotations } from '../launcher/spec.ts';
import type { ProcessLimits } from '../launcher/spec-host.ts';
import type { TerminalSize } from './bundle.ts';
import { hostProcess } from './host-spec.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerPaths } from './store.ts';

export interface ExecRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  /** All capabilities that the server has. */
  readonly privileged?: boolean;
  readonly tty: boolean;
  readonly interactive: boolean;
  readonly size?: TerminalSize;
}

export interface StartedExec {
  readonly socket: string;
  /** Settles once, never rejects. */
  readonly ended: Promise<ShimEnd>;
  /** Lets held output go: its client will not come. */
  release(): void;
}

interface ExecTarget {
  readonly record: ContainerRecord;
  readonly init: StartedProcess;
  readonly paths: ContainerPaths;
  /** Tells the execs of one container apart. */
  readonly number: number;
}

/** Starts the process; its output is held until a client attaches to `socket`. */
export async function startExec(launcher: Launcher, target: ExecTarget, request: ExecRequest): Promise<StartedExec> {
  const { record, paths } = target;
  if (request.args.length === 0) throw invalidArgument(`exec in ${record.name}: no command`);
  const file = (suffix: string): string => join(paths.runtime, `exec-${target.number}.${suffix}`);
  const files = { process: file('json'), socket: file('sock'), exit: file('exit') };
  const cleanUp = (): Promise<unknown> => Promise.all(Object.values(files).map((path) => rm(path, { force: true })));
  try {
    const limits = await hostProcess(record.config.host ?? {}, request.privileged);
    await writeFile(files.process, JSON.stringify(execProcess(record, request, limits)), { mode: 0o600 });
    await launcher.start(
      {
        bundle: paths.bundle,
        socket: files.socket,
        exitFile: files.exit,
        stdin: request.interactive,
        hold: true,
        exec: { processFile: files.process, target: target.init },
      },
      `exec in ${record.name}`,
    );
    const shim = await connectShim(files.socket);
    if (shim === undefined) throw unavailable(`exec in ${record.name}: its shim was killed`);
    void shim.ended.then(cleanUp);
    return {
      socket: files.socket,
      ended: shim.ended,
      release: () => {
        shim.release();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function execProcess(record: ContainerRecord, request: ExecRequest, limits: ProcessLimits): Record<string, unknown> {
  const { config } = record;
  const process = processSpec({
    args: request.args,
    env: mergeEnv(config.env, request.env),
    cwd: resolvePath('/', request.workdir ?? config.workdir),
    tty: request.tty,
    hostname: config.hostname,
    limits,
    ...(request.size === undefined ? {} : { size: request.size }),
  });
  return { ...process, annotations: userAnnotations(request.user ?? config.user, config.host?.groupAdd) };
}
