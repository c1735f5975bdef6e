// Probing the containers that have a health check while they run: one timer for each, none for the others. What a result means is
// health.ts's; how a probe is run comes in.

import type { Logger } from '../base/log.ts';
import type { Schedule } from '../base/schedule.ts';
import type { Cell } from './cell.ts';
import {
  afterProbe,
  NEW_HEALTH,
  probeDelay,
  probeTimeout,
  type Health,
  type HealthCheck,
  type ProbeResult,
} from './health.ts';

export interface HealthDeps {
  readonly schedule: Schedule;
  readonly now: () => Date;
  readonly log: Logger;
  /** Runs the check once; ends it when the signal aborts. */
  probe(cell: Cell, check: HealthCheck, signal: AbortSignal): Promise<Pick<ProbeResult, 'exitCode' | 'output'>>;
  /** Its status is another one now. */
  onStatus(cell: Cell): void;
}

interface Monitor {
  /** Aborts when the container ends or is paused. */
  readonly over: AbortController;
  cancel: () => void;
}

export class HealthMonitors {
  private readonly deps: HealthDeps;
  private readonly monitors = new Map<Cell, Monitor>();

  constructor(deps: HealthDeps) {
    this.deps = deps;
  }

  /** Begins or ends, as the container's state is now. */
  follow(cell: Cell): void {
    const { config, run } = cell.record;
    if (config.health === undefined) return;
    const monitor = this.monitors.get(cell);
    if (run.state === 'running') {
      if (monitor === undefined) this.begin(cell, config.health);
    } else if (monitor !== undefined) {
      this.end(cell, monitor);
    }
  }

  close(): void {
    for (const [cell, monitor] of this.monitors) this.end(cell, monitor);
  }

  private begin(cell: Cell, check: HealthCheck): void {
    const monitor = { over: new AbortController(), cancel: () => undefined };
    this.monitors.set(cell, monitor);
    if (cell.record.run.health === undefined) this.set(cell, NEW_HEALTH);
    this.wait(cell, check, monitor);
  }

  private end(cell: Cell, { over, cancel }: Monitor): void {
    this.monitors.delete(cell);
    cancel();
    over.abort();
  }

  private wait(cell: Cell, check: HealthCheck, monitor: Monitor): void {
    const delay = probeDelay(check, healthOf(cell), this.up(cell));
    monitor.cancel = this.deps.schedule(delay, () => {
      this.probe(cell, check, monitor).catch((error: unknown) => {
        this.deps.log.error(`check health of ${cell.id}`, error);
      });
    });
  }

  private async probe(cell: Cell, check: HealthCheck, monitor: Monitor): Promise<void> {
    const start = this.deps.now().toISOString();
    const found = await this.inTime(cell, check, monitor.over.signal);
    if (monitor.over.signal.aborted) return;
    const result = { start, end: this.deps.now().toISOString(), ...found };
    const before = healthOf(cell);
    const health = afterProbe(check, before, result, this.up(cell));
    this.set(cell, health);
    if (health.status !== before.status) this.deps.onStatus(cell);
    this.wait(cell, check, monitor);
  }

  private async inTime(
    cell: Cell,
    check: HealthCheck,
    over: AbortSignal,
  ): Promise<Pick<ProbeResult, 'exitCode' | 'output'>> {
    const late = new AbortController();
    const milliseconds = probeTimeout(check);
    const cancel = this.deps.schedule(milliseconds, () => {
      late.abort();
    });
    const found = await this.deps.probe(cell, check, AbortSignal.any([over, late.signal]));
    cancel();
    if (!late.signal.aborted) return found;
    const said = found.output === '' ? '' : `: ${found.output}`;
    return { exitCode: -1, output: `Health check exceeded timeout (${milliseconds / 1000}s)${said}` };
  }

  private set(cell: Cell, health: Health): void {
    cell.setRun({ ...cell.record.run, health });
  }

  private up(cell: Cell): number {
    return this.deps.now().getTime() - Date.parse(cell.record.run.startedAt ?? '');
  }
}

const healthOf = (cell: Cell): Health => cell.record.run.health ?? NEW_HEALTH;
