// Runs the same tests as root and as an ordinary user, each with a fresh world.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { gone } from '../../support/processes.ts';
import { createWorld, withoutPerson, type PersonKind, type Result, type World } from '../../support/world.ts';

/** `body` gets a way to the world, which exists while the tests run. */
export function forEachPerson(
  title: string,
  body: (world: () => World) => void,
  kinds: readonly PersonKind[] = ['root', 'ordinary'],
): void {
  for (const kind of kinds) {
    const skip = withoutPerson(kind) ?? false;
    describe(`${title} as ${kind}`, { skip }, () => {
      let world: World | undefined;
      before(() => {
        world = createWorld(kind);
      });
      after(() => world?.dispose());
      body(() => {
        assert.ok(world !== undefined);
        return world;
      });
    });
  }
}

/** Compares a whole result; the message shows everything. */
export function assertResult(result: Result, expected: Partial<Result>): void {
  for (const key of ['status', 'stdout', 'stderr'] as const) {
    if (expected[key] !== undefined) assert.equal(result[key], expected[key], JSON.stringify(result));
  }
}

/** Ids of all containers. */
export async function containerIds(world: World): Promise<string[]> {
  const { stdout } = await world.slipway(['ps', '-aq', '--no-trunc']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What the tests read of `inspect`'s answer. */
export interface Inspected {
  readonly Id: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Error: string;
    readonly Health?: {
      readonly Status: string;
      readonly Log: readonly { readonly ExitCode: number; readonly Output: string }[];
    };
  };
  readonly LogPath: string;
  readonly RestartCount: number;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Config: Readonly<Record<string, unknown>>;
}

export async function inspect(world: World, name: string): Promise<Inspected> {
  const [container] = JSON.parse((await world.slipway(['inspect', name])).stdout) as [Inspected];
  return container;
}

/** The container's init process, as the host counts. */
export async function initPid(world: World, name: string): Promise<number> {
  const { Pid } = (await inspect(world, name)).State;
  assert.ok(Pid > 1);
  return Pid;
}

/** kill -9 of the server; its containers go on. */
export async function killServerOf(world: World): Promise<void> {
  const pid = world.serverPid();
  process.kill(pid, 'SIGKILL');
  await gone(pid);
}
