// One probe of a container's health: an exec whose first output and exit status count.

import { toEngineError } from '../base/errors.ts';
import { capture } from '../launcher/capture.ts';
import type { Cell } from './cell.ts';
import type { ExecRequest, StartedExec } from './exec.ts';
import { probeArguments, type HealthCheck, type ProbeResult } from './health.ts';

const OUTPUT_LENGTH = 4096;

/** Runs the check once; kills it when the signal aborts. One that can't be run has failed, with the reason. Never rejects. */
export async function probeHealth(
  cell: Cell,
  check: HealthCheck,
  signal: AbortSignal,
  exec: (id: string, request: ExecRequest) => Promise<StartedExec>,
): Promise<Pick<ProbeResult, 'exitCode' | 'output'>> {
  try {
    const request = { args: probeArguments(check), env: [], tty: false, interactive: false };
    const { socket } = await exec(cell.id, request);
    const { code, output } = await capture(socket, OUTPUT_LENGTH, signal);
    return { exitCode: code ?? -1, output };
  } catch (error) {
    return { exitCode: -1, output: toEngineError(error, 'check health').message };
  }
}
