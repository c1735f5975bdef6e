// What a container gets by default (security.md): the config that the server writes, carried out by the runtime.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OciSeccomp } from '../../../runtime-server/src/launcher/oci-spec.ts';
import { DEFAULT_HOST } from '../../../runtime-server/src/launcher/spec-host.ts';
import { containerSpec } from '../../../runtime-server/src/launcher/spec.ts';
import { buildProbe, withoutCompiler } from './probe.ts';
import { defaultSeccomp } from './profile.ts';
import { inUserNamespace, Sandbox, unavailable, type Spec } from './support.ts';

const FOURTEEN = '00000000a80425fb';
const NONE = '0'.repeat(16);

describe('a container by default', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  const etc = join(box.dir, 'etc');
  before(() => {
    mkdirSync(etc);
    for (const name of ['hosts', 'hostname', 'resolv.conf']) writeFileSync(join(etc, name), `${name}\n`);
    if (withoutCompiler === false) buildProbe(box);
  });
  after(() => {
    box.dispose();
  });

  // The server's own config for these words.
  function spec(args: string[], user = '', change: (spec: Spec) => void = () => undefined): Spec {
    const made = box.spec(args);
    const option = (name: string): string =>
      made.mounts[0]?.options?.find((text) => text.startsWith(name))?.slice(name.length) ?? '';
    const whole = containerSpec({
      ...{ args, env: [], cwd: '/', tty: false, hostname: 'box', user, binds: [] },
      host: { ...DEFAULT_HOST, seccomp: defaultSeccomp() as OciSeccomp },
      lowerDirs: [option('lowerdir+=')],
      upperDir: option('upperdir='),
      workDir: option('workdir='),
      etc: { hosts: join(etc, 'hosts'), hostname: join(etc, 'hostname'), resolvConf: join(etc, 'resolv.conf') },
    });
    const result = { ...(structuredClone(whole) as unknown as Spec), root: made.root };
    result.process.env = ['PATH=/bin'];
    change(result);
    return result;
  }
  const sh = async (script: string, user = '', change?: (spec: Spec) => void): Promise<string> => {
    const end = await box.run(spec(['sh', '-c', script], user, change));
    return end.stdout + end.stderr;
  };
  /** Mount point → [options of the mount, type, options of the file system]. */
  const mounts = async (): Promise<Map<string, [string, string, string]>> => {
    const text = await sh('cat /proc/self/mountinfo');
    return new Map(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .map((words) => {
          const dash = words.indexOf('-');
          return [words[4] ?? '', [words[5] ?? '', words[dash + 1] ?? '', words[dash + 3] ?? '']];
        }),
    );
  };

  it('has namespaces of its own, but for user and time', async () => {
    const names = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'user', 'time'];
    const inside = (await sh(names.map((name) => `readlink /proc/self/ns/${name}`).join('; '))).trim().split('\n');
    const shared = names.filter((name, i) => readlinkSync(`/proc/self/ns/${name}`) === inside[i]);
    assert.deepEqual(shared, ['user', 'time']);
  });

  for (const [who, user, usable] of [
    ['root', '', FOURTEEN],
    ['another user', 'user', NONE],
  ] as const) {
    it(`has exactly fourteen capabilities as ${who}, and none to inherit`, async (context) => {
      const status = await box.start(spec(['grep', '^Cap', '/proc/self/status'], user));
      if (status.ready.status === 'error' && /not mapped/.test(status.ready.message ?? '')) {
        context.skip('only root is mapped');
        return;
      }
      const { stdout } = await status.finish();
      const sets = Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(':\t') as [string, string]),
      );
      assert.deepEqual(sets, { CapInh: NONE, CapPrm: usable, CapEff: usable, CapBnd: FOURTEEN, CapAmb: NONE });
    });
  }

  it('can’t do by a system call what leads out, whatever its capabilities', { skip: withoutCompiler }, async () => {
    // All capabilities, so that only the filter can be what refuses: each call would fail with another errno.
    const all = allCapabilities();
    const give = (made: Spec): void => {
      made.process.capabilities = { bounding: all, effective: all, permitted: all };
    };
    const results = (await sh('probe refused', '', give)).trim().split('\n');
    assert.equal(results.length, 34);
    assert.deepEqual(
      results.filter((line) => !line.endsWith(' 1')),
      [],
    );
    assert.equal(
      await sh('probe sockets', '', give),
      lines('alg 1,alg-high 1,vsock 1,unix 0,inet 0,inet6 0,netlink 0,packet 0'),
    );
    assert.equal(
      await sh('probe others', '', give),
      lines(
        'clone3 38,new 38,newns 1,newuts 1,newipc 1,newuser 1,newpid 1,newnet 1,newcgroup 1,fork 0,personality 0,personality-x 1,ptrace 0',
      ),
    );
  });

  it('has every masked path covered with nothing', async () => {
    const masked = spec(['true']).linux.maskedPaths?.filter((path) => existsSync(path)) ?? [];
    assert.ok(masked.length >= 3, masked.join());
    const script = masked.map((path) => `stat -c '%F %t:%T %s' ${path}; ls -A ${path} | grep -v ^${path}`).join('; ');
    const covers = await mounts();
    for (const [i, line] of (await sh(script)).trim().split('\n').entries()) {
      const path = masked[i] ?? '';
      const what = statSync(path).isDirectory() ? /^directory 0:0 (0|40)$/ : /^character special file 1:3 0$/;
      assert.match(line, what, path);
      assert.match(covers.get(path)?.[0] ?? '', /^ro\b/, path);
    }
  });

  it('has read-only paths, /sys and cgroups', async () => {
    const table = await mounts();
    const expected = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'].filter((path) =>
      existsSync(path),
    );
    assert.ok(expected.length >= 4);
    for (const path of [...expected, '/sys', '/sys/fs/cgroup']) assert.match(table.get(path)?.[0] ?? '', /^ro\b/, path);
    for (const path of ['/sys', '/sys/fs/cgroup', '/proc'])
      for (const option of ['nosuid', 'nodev', 'noexec'])
        assert.ok(table.get(path)?.[0].split(',').includes(option), `${path} ${option}`);
    assert.ok(['cgroup2', 'tmpfs'].includes(table.get('/sys/fs/cgroup')?.[1] ?? ''));
  });

  it('has the mounts of /dev, of these sizes and modes', async () => {
    const table = await mounts();
    const has = (path: string, type: string, options: string[], own: RegExp): void => {
      const found = table.get(path);
      assert.equal(found?.[1], type, path);
      for (const option of options) assert.ok(found[0].split(',').includes(option), `${path} ${option}`);
      assert.match(found[2], own, path);
    };
    has('/dev', 'tmpfs', ['nosuid'], /size=65536k/);
    has('/dev/shm', 'tmpfs', ['nosuid', 'nodev', 'noexec'], /size=65536k/);
    has(
      '/dev/pts',
      'devpts',
      ['nosuid', 'noexec'],
      inUserNamespace ? /mode=620,ptmxmode=666/ : /gid=5,mode=620,ptmxmode=666/,
    );
    has('/dev/mqueue', 'mqueue', ['nosuid', 'nodev', 'noexec'], /./);
    assert.equal(
      await sh('stat -c "%a %n" /dev /dev/shm; ls /dev/pts; ls /dev | tr "\\n" " "'),
      '755 /dev\n1777 /dev/shm\nptmx\nfd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ',
    );
  });

  it('has the right devices behind their names', async () => {
    const text = await sh('stat -c "%n %a %t:%T" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty');
    assert.equal(
      text,
      lines(
        '/dev/null 666 1:3,/dev/zero 666 1:5,/dev/full 666 1:7,/dev/random 666 1:8,/dev/urandom 666 1:9,/dev/tty 666 5:0',
      ),
    );
  });

  it('has its own three files in /etc', async () => {
    assert.equal(await sh('cd /etc; cat hosts hostname resolv.conf'), lines('hosts,hostname,resolv.conf'));
  });

  it('leads a session of its own', { skip: withoutCompiler }, async () => {
    assert.match(await sh('exec probe typing'), /^tty 6\nleader 0$/m);
  });
});

function lines(text: string): string {
  return `${text.replaceAll(',', '\n')}\n`;
}

// Those this test has itself.
function allCapabilities(): string[] {
  const names =
    'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
      ' ',
    );
  const held = BigInt(`0x${/^CapEff:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return names.filter((_, i) => (held >> BigInt(i)) & 1n).map((name) => `CAP_${name}`);
}
