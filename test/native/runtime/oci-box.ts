// A sandbox with the OCI command line on it: a state directory of its own, bundles, and everything taken away at the end.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtime, Sandbox, type Spec } from './support.ts';

export interface OciBox {
  readonly box: Sandbox;
  /** The state directory, `--root`. */
  readonly state: string;
  /** Runs a command to its end. */
  readonly oci: (...args: string[]) => SpawnSyncReturns<string>;
  /** The same without pipes: a container that stays would hold them open, and spawnSync waits for their end. */
  readonly detached: (...args: string[]) => number | null;
  /** A new bundle of an ordinary container that runs `args`; `change` makes it another. */
  readonly bundle: (args: string[], change?: (spec: Spec) => void) => string;
  readonly dispose: () => void;
}

export function ociBox(): OciBox {
  const box = new Sandbox();
  const state = join(box.dir, 'state');
  let count = 0;
  const oci = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(runtime, ['--root', state, ...args], { encoding: 'utf8', timeout: 20_000 });
  return {
    box,
    state,
    oci,
    detached: (...args) => spawnSync(runtime, ['--root', state, ...args], { stdio: 'ignore', timeout: 20_000 }).status,
    bundle: (args, change = () => undefined) => {
      const dir = join(box.dir, `bundle${++count}`);
      mkdirSync(dir);
      const spec = box.spec(args);
      change(spec);
      writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
      return dir;
    },
    dispose: () => {
      for (const id of oci('list', '-q').stdout.split('\n')) if (id !== '') oci('delete', '--force', id);
      box.dispose();
    },
  };
}
