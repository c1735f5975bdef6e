import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { resolveSeccomp, seccompFromFile, type DockerProfile } from '../../../runtime-server/src/launcher/seccomp.ts';
import { DEFAULT_CAPABILITIES } from '../../../runtime-server/src/launcher/capabilities.ts';

const profile = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../native/seccomp/default.json'), 'utf8'),
) as DockerProfile;
const facts = { capabilities: DEFAULT_CAPABILITIES, arch: 'x64', kernelRelease: '6.1.0-13-amd64' };

const allowed = (names: Partial<typeof facts> = {}): Set<string> =>
  new Set(
    resolveSeccomp(profile, { ...facts, ...names })
      .syscalls.filter((rule) => rule.action === 'SCMP_ACT_ALLOW' && rule.args === undefined)
      .flatMap((rule) => rule.names),
  );

describe('the default seccomp profile', () => {
  it('refuses by default with EPERM', () => {
    const resolved = resolveSeccomp(profile, facts);
    assert.equal(resolved.defaultAction, 'SCMP_ACT_ERRNO');
    assert.equal(resolved.defaultErrnoRet ?? 1, 1);
    assert.equal(resolved.architectures[0], 'SCMP_ARCH_X86_64');
  });

  it('lets ordinary programs work', () => {
    const names = allowed();
    for (const name of ['read', 'openat', 'execve', 'futex', 'epoll_wait', 'ptrace', 'chroot'])
      assert.ok(names.has(name), name);
  });

  it('does not allow what leads out', () => {
    const names = allowed();
    for (const name of [
      'mount',
      'unshare',
      'setns',
      'bpf',
      'keyctl',
      'add_key',
      'kexec_load',
      'io_uring_setup',
      'open_by_handle_at',
      'clone3',
      'clone',
      'socket',
    ]) {
      assert.ok(!names.has(name), name);
    }
  });

  it('answers clone3 with ENOSYS, so that libc falls back to clone', () => {
    const rule = resolveSeccomp(profile, facts).syscalls.find((item) => item.names.includes('clone3'));
    assert.deepEqual([rule?.action, rule?.errnoRet], ['SCMP_ACT_ERRNO', 38]);
  });

  it('follows capabilities, kernels and architectures', () => {
    assert.ok(allowed({ capabilities: [...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN'] }).has('mount'));
    assert.ok(!allowed({ kernelRelease: '4.4.0' }).has('ptrace'));
    assert.ok(allowed().has('arch_prctl'));
    assert.ok(!allowed({ arch: 'arm64' }).has('arch_prctl'));
    assert.throws(() => resolveSeccomp(profile, { ...facts, arch: 'mips' }), /unknown architecture/);
  });
});

describe('a profile of one’s own', () => {
  const source = seccompFromFile(resolve(import.meta.dirname, '../../../native/seccomp/default.json'), facts);
  const own = (value: unknown, capabilities: readonly string[] = []): ReturnType<typeof source> =>
    source(capabilities, typeof value === 'string' ? value : JSON.stringify(value));

  it('is resolved as docker resolves it: `name`, includes, excludes, archMap', async () => {
    const found = await own(
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        archMap: [
          { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
          { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
        ],
        syscalls: [
          { name: 'mkdir', action: 'SCMP_ACT_ERRNO' },
          { names: ['a'], action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_SYS_ADMIN'] } },
          { names: ['b'], action: 'SCMP_ACT_ERRNO', excludes: { caps: ['CAP_SYS_ADMIN'] } },
          { names: ['c'], action: 'SCMP_ACT_ERRNO', includes: { minKernel: '99.1' } },
          { names: ['d'], action: 'SCMP_ACT_ERRNO', includes: { arches: ['arm64'] } },
        ],
      },
      ['CAP_SYS_ADMIN'],
    );
    assert.deepEqual(found?.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    assert.deepEqual(
      found.syscalls.map(({ names }) => names[0]),
      ['mkdir', 'a'],
    );
  });

  it('keeps numbers that no double holds', async () => {
    const text =
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["x"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}';
    assert.match(JSON.stringify(await own(text)), /"value":18446744073709551615/);
  });

  it('that says nothing is no filter', async () => {
    assert.equal(await own({}), undefined);
  });

  it('is refused when it contradicts itself or is no profile', async () => {
    for (const [bad, sentence] of [
      ['{', /not JSON/],
      ['[]', /expected an object/],
      [{ syscalls: 3 }, /\$\.syscalls: expected a list/],
      [{ syscalls: [{ name: 'a', names: ['b'], action: 'x' }] }, /both 'name' and 'names'/],
      [{ architectures: ['x'], archMap: [{ architecture: 'y' }] }, /both 'architectures' and 'archMap'/],
      [{ syscalls: [{ names: ['a'], action: 'x', includes: { minKernel: 'new' } }] }, /invalid kernel version/],
    ] as const)
      await assert.rejects(own(bad), sentence, JSON.stringify(bad));
  });
});
