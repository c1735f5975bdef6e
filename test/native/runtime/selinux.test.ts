// SELinux: which label is written where, before the exec of a container's process and of an exec. The kernel's own needs a
// policy, so the program is linked anew with selinux.c for the system calls of labels.c.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { ociBox } from './oci-box.ts';
import { relink, withoutCompiler } from './probe.ts';
import { inUserNamespace, unavailable } from './support.ts';

const skip = unavailable !== false ? unavailable : withoutCompiler;

describe('an SELinux label', { skip, timeout: 60_000 }, () => {
  const { box, state, bundle, dispose } = ociBox();
  const program = join(box.dir, 'slipway-runtime');
  const label = (name: string): string => `system_u:system_r:container_t:${name}`;
  after(dispose);
  before(() => {
    relink(program, box, { source: 'labels', fakes: ['statfs', 'openat'], by: 'selinux' });
  });
  const oci = (...words: string[]): string => {
    const { stdout, stderr } = spawnSync(program, ['--root', state, ...words], { encoding: 'utf8', timeout: 20_000 });
    return stdout + stderr;
  };
  const labelled = (args: string[]): string =>
    bundle(args, (spec) => {
      Object.assign(spec.process, { selinuxLabel: label('s0:c1,c2') });
      // What the container has there is nobody's to trust (CVE-2019-16884). A user namespace gets a new one only beside it.
      if (!inUserNamespace) spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
    });

  it('is what the process becomes by its exec, and nothing else is written', () => {
    assert.equal(
      oci('run', '-b', labelled(['sh', '-c', 'cat /attr-exec; ls -d /attr-*']), 'one'),
      `${label('s0:c1,c2')}/attr-exec\n`,
    );
  });

  it('is what an exec becomes, its own or the container’s', () => {
    const dir = labelled(['sleep', '1000']);
    const made = spawnSync(program, ['--root', state, 'run', '-d', '-b', dir, 'two'], { stdio: 'ignore' });
    assert.equal(made.status, 0);
    const read = ['sh', '-c', 'cat /attr-exec; rm /attr-exec'];
    oci('exec', 'two', 'rm', '/attr-exec');
    assert.equal(oci('exec', '--process-label', label('s9'), 'two', ...read), label('s9'));
    assert.equal(oci('exec', 'two', ...read), label('s0:c1,c2'));
    oci('delete', '--force', 'two');
  });
});
