// Docker's words for states and spans of time (go-units HumanDuration, moby container/state.go). Pure.

import type { RunState } from './record.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `Less than a second`, `5 seconds`, `About a minute`, `3 hours`, …: `seconds` as Docker says it. */
export function humanDuration(seconds: number): string {
  if (seconds < 1) return 'Less than a second';
  if (seconds < 2) return '1 second';
  if (seconds < MINUTE) return `${Math.floor(seconds)} seconds`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(seconds / DAY);
  if (hours < 24 * 7 * 2) return `${days} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(days / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

/** `3 minutes ago`. */
export function ago(time: string, now: Date): string {
  return `${humanDuration(secondsSince(time, now))} ago`;
}

/** The STATUS column. */
export function statusText(run: RunState, now: Date): string {
  switch (run.state) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${humanDuration(secondsSince(run.startedAt, now))}${healthText(run)}`;
    case 'paused':
      return `Up ${humanDuration(secondsSince(run.startedAt, now))} (Paused)`;
    case 'restarting':
      return `Restarting ${endText(run, now)}`;
    case 'removing':
      return 'Removal In Progress';
    case 'exited':
      return `Exited ${endText(run, now)}`;
    case 'dead':
      return 'Dead';
  }
}

function healthText({ health }: RunState): string {
  if (health === undefined) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

function endText({ exitCode = 255, finishedAt }: RunState, now: Date): string {
  return `(${exitCode}) ${finishedAt === undefined ? '' : ago(finishedAt, now)}`.trimEnd();
}

function secondsSince(time: string | undefined, now: Date): number {
  const since = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(since) ? 0 : Math.max(0, (now.getTime() - since) / 1000);
}
