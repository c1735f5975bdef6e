// The state machine of containers: which move is allowed in which state, and docker's words for those that are not. Pure.

import type { ContainerState } from '../../protocol/models.ts';
import { conflict } from '../base/errors.ts';

/** What can be asked of a container; who asks says it with these words. */
export type Move =
  | 'start'
  | 'stop'
  | 'restart'
  | 'kill'
  | 'pause'
  | 'unpause'
  | 'exec'
  | 'attach'
  | 'top'
  | 'remove'
  | 'rename'
  | 'update'
  | 'snapshot'
  | 'fork'
  | 'rewind';

/** `nothing`: it is so already, and that is no failure. */
type Verdict = 'go' | 'nothing' | Refusal;

interface Refusal {
  readonly reason: string;
  /** The words of a `slipway` command that helps; the name follows. */
  readonly help?: string;
}

const DOING: Readonly<Record<Move, string>> = {
  start: 'start container',
  stop: 'stop',
  restart: 'restart',
  kill: 'kill',
  pause: 'pause',
  unpause: 'unpause',
  exec: 'exec in',
  attach: 'attach to',
  top: 'show processes of',
  remove: 'remove container',
  rename: 'rename container',
  update: 'update',
  snapshot: 'snapshot',
  fork: 'fork',
  rewind: 'rewind',
};

const NOT_RUNNING: Refusal = { reason: 'the container is not running' };
const STOPPED: Refusal = { ...NOT_RUNNING, help: 'start' };
const RESTARTING: Refusal = { reason: 'the container is restarting, wait until the container is running' };
const NOT_PAUSED: Refusal = { reason: 'the container is not paused' };
const LEAVING: Refusal = { reason: 'the container is marked for removal' };
const DAMAGED: Refusal = { reason: 'its record is damaged', help: 'rm' };

const paused = (reason: string): Refusal => ({ reason, help: 'unpause' });
const stopFirst = (state: string): Refusal => ({ reason: `it is ${state}`, help: 'stop' });

const MOVES: Readonly<Record<Move, Readonly<Record<ContainerState, Verdict>>>> = {
  start: {
    created: 'go',
    running: 'nothing',
    paused: paused('cannot start a paused container, try unpause instead'),
    restarting: 'nothing',
    removing: LEAVING,
    exited: 'go',
    dead: DAMAGED,
  },
  stop: {
    created: 'nothing',
    running: 'go',
    paused: 'go',
    restarting: 'go',
    removing: 'nothing',
    exited: 'nothing',
    dead: 'nothing',
  },
  restart: unlessGone(),
  kill: { ...onlyRunning(NOT_RUNNING), paused: 'go', restarting: 'go' },
  pause: { ...onlyRunning(NOT_RUNNING), paused: { reason: 'the container is already paused' } },
  unpause: { ...onlyRunning(NOT_PAUSED), running: NOT_PAUSED, paused: 'go' },
  exec: {
    ...onlyRunning(STOPPED),
    paused: paused('the container is paused, unpause the container before exec'),
  },
  attach: {
    ...onlyRunning({ ...NOT_RUNNING, help: 'start -ai' }),
    paused: paused('you cannot attach to a paused container, unpause it first'),
    restarting: { reason: 'you cannot attach to a restarting container, wait until it is running' },
  },
  top: { ...onlyRunning(NOT_RUNNING), paused: 'go' },
  remove: {
    created: 'go',
    running: stopFirst('running'),
    paused: stopFirst('paused'),
    restarting: stopFirst('restarting'),
    removing: { reason: 'its removal is already in progress' },
    exited: 'go',
    dead: 'go',
  },
  rename: unlessGone(),
  update: unlessGone(),
  snapshot: unlessGone(),
  fork: unlessGone(),
  rewind: {
    ...unlessGone(),
    running: stopFirst('running'),
    paused: stopFirst('paused'),
    restarting: stopFirst('restarting'),
  },
};

/**
 * True when the move is to be made, false when there is nothing to do. Throws Conflict with the state in the sentence when the
 * state does not allow it.
 */
export function allow(move: Move, { name, state }: { readonly name: string; readonly state: ContainerState }): boolean {
  const verdict = MOVES[move][state];
  if (typeof verdict === 'string') return verdict === 'go';
  throw conflict(`${DOING[move]} ${name}: ${verdict.reason}`, hint(move, name, verdict));
}

/** True for a container that has processes, paused or not. */
export const isLive = (state: ContainerState): boolean => state === 'running' || state === 'paused';

/** True for one that has processes or will have them again by itself: docker's "running". */
export const isActive = (state: ContainerState): boolean => isLive(state) || state === 'restarting';

export const STATES = Object.keys(MOVES.start) as readonly ContainerState[];

function hint(move: Move, name: string, { help }: Refusal): { readonly hint?: string } {
  if (help === undefined) return {};
  return {
    hint: `${HELP[help] ?? ''}slipway ${help} ${name}${['remove', 'rewind'].includes(move) && help === 'stop' ? ', or use -f.' : ''}`,
  };
}

const HELP: Readonly<Record<string, string>> = {
  start: 'Start it first: ',
  'start -ai': 'Start it with: ',
  unpause: 'Let it go on: ',
  stop: 'Stop it first: ',
  rm: 'Remove it: ',
};

function onlyRunning(otherwise: Refusal): Readonly<Record<ContainerState, Verdict>> {
  return {
    created: otherwise,
    running: 'go',
    paused: otherwise,
    restarting: otherwise.reason === NOT_RUNNING.reason ? RESTARTING : otherwise,
    removing: otherwise,
    exited: otherwise,
    dead: otherwise,
  };
}

function unlessGone(): Readonly<Record<ContainerState, Verdict>> {
  return {
    created: 'go',
    running: 'go',
    paused: 'go',
    restarting: 'go',
    removing: LEAVING,
    exited: 'go',
    dead: DAMAGED,
  };
}
