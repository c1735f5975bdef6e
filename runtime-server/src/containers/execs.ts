// Further processes in containers that run, and what is told of them. How one is started is exec.ts's.

import { randomBytes } from 'node:crypto';
import type { ContainerAction } from '../../protocol/events.ts';
import { unavailable } from '../base/errors.ts';
import type { Cell } from './cell.ts';
import type { Attributes, ContainersDeps } from './contract.ts';
import { startExec, type ExecRequest, type StartedExec } from './exec.ts';

type Tell = (action: ContainerAction, cell: Cell, attributes: Attributes, detail?: string) => void;

export class Execs {
  private readonly deps: Pick<ContainersDeps, 'launcher' | 'store'>;
  private readonly tell: Tell;

  constructor(deps: Pick<ContainersDeps, 'launcher' | 'store'>, tell: Tell) {
    this.deps = deps;
    this.tell = tell;
  }

  /** Throws Conflict when the container does not run. */
  async exec(cell: Cell, request: ExecRequest): Promise<StartedExec> {
    const execID = randomBytes(32).toString('hex');
    const command = request.args.join(' ');
    const started = await this.start(cell, request);
    this.tell('exec_create', cell, { execID }, command);
    this.tell('exec_start', cell, { execID }, command);
    void started.ended.then((end) => {
      const exitCode = end.how === 'exit' ? end.code : 137;
      this.tell('exec_die', cell, { execID, exitCode: String(exitCode) });
    });
    return started;
  }

  /** Without a word about it: a health check. */
  async start(cell: Cell, request: ExecRequest): Promise<StartedExec> {
    cell.may('exec');
    const { pid, startTime } = cell.record.run;
    if (pid === undefined || startTime === undefined)
      throw unavailable(`exec in ${cell.name}: its process is not known yet`);
    const target = {
      record: cell.record,
      init: { pid, startTime },
      paths: this.deps.store.paths(cell.id),
      number: cell.nextExecNumber(),
    };
    return startExec(this.deps.launcher, target, request);
  }
}
