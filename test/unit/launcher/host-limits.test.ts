import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cgroups } from '../../../runtime-server/src/launcher/host-limits.ts';

describe('doctor on control groups', () => {
  const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
  after(() => {
    rmSync(directory, { recursive: true });
  });
  const facts = { mode: 'rootless', user: 'me', cgroupMount: directory } as const;
  const controllers = (text: string): void => {
    writeFileSync(join(directory, 'cgroup.controllers'), `${text}\n`);
  };

  it('names the place and what it can limit', async () => {
    controllers('cpuset cpu io memory hugetlb pids');
    const found = await cgroups({ ...facts, delegation: { path: '/', reason: '' } });
    assert.deepEqual([found.status, found.detail], ['ok', `/: cpuset cpu io memory hugetlb pids`]);
  });

  it('names what is not delegated, and the file that delegates it', async () => {
    controllers('memory pids');
    const found = await cgroups({ ...facts, delegation: { path: '/', reason: '' } });
    assert.equal(found.status, 'limited');
    assert.match(found.detail, /has memory pids; limits that need cpu, cpuset, io are refused$/);
    assert.match(found.fix ?? '', /user@\.service\.d\/delegate\.conf.*Delegate=cpu cpuset io memory pids/);
  });

  it('gives the client’s reason, and the fix that fits it', async () => {
    const delegation = { reason: 'no user manager answers' };
    controllers('memory');
    assert.match((await cgroups({ ...facts, delegation })).detail, /^no user manager answers; /);
    assert.match((await cgroups({ ...facts, delegation })).fix ?? '', /enable-linger me/);
    rmSync(join(directory, 'cgroup.controllers'));
    assert.match((await cgroups({ ...facts, delegation })).fix ?? '', /unified_cgroup_hierarchy=1/);
  });
});
