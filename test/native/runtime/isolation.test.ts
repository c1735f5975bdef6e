// What a container sees and may do, and what of a hostile image or config is refused (security.md).

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { defaultSeccomp } from './profile.ts';
import { inUserNamespace, Sandbox, unavailable, type Spec } from './support.ts';

describe('isolation', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });
  const sh = async (script: string, change: (spec: Spec) => void = () => undefined): Promise<string> => {
    const spec = box.spec(['sh', '-c', script]);
    change(spec);
    const end = await box.run(spec);
    return end.stdout + end.stderr;
  };

  it('has its own host name, processes, network and mounts', async () => {
    const text = await sh(
      'hostname; echo $$; ls /proc | grep -c "^[0-9]"; ip -o link | cut -d: -f2; ip -o addr | grep -o 127.0.0.1/8; ls /',
    );
    const lines = text.trim().split('\n');
    assert.equal(lines[0], 'box');
    assert.equal(lines[1], '1');
    assert.ok(Number(lines[2]) <= 4);
    assert.deepEqual(lines.slice(3, 5), [' lo', '127.0.0.1/8']);
    assert.deepEqual(lines.slice(5), ['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'tmp']);
  });

  it('inherits no descriptor', async () => {
    const spec = box.spec(['sh', '-c', 'for fd in /proc/self/fd/*; do echo $fd; done']);
    const text = (await box.run(spec)).stdout;
    assert.equal(text, '/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/self/fd/3\n'); // 3: the listing itself
  });

  it('has exactly the capabilities of the config', async () => {
    const chown = ['CAP_CHOWN', 'CAP_NET_RAW'];
    const text = await sh('grep ^Cap /proc/self/status', (spec) => {
      spec.process.capabilities = { bounding: chown, effective: chown, permitted: chown, inheritable: [], ambient: [] };
    });
    const sets = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(':\t') as [string, string]),
    );
    const mask = (0x1 | (1 << 13)).toString(16).padStart(16, '0');
    const none = '0'.repeat(16);
    assert.deepEqual(sets, { CapInh: none, CapPrm: mask, CapEff: mask, CapBnd: mask, CapAmb: none });
  });

  it('sets no_new_privs only when asked', async () => {
    assert.match(await sh('grep NoNewPrivs /proc/self/status'), /\t0\n/);
    assert.match(
      await sh('grep NoNewPrivs /proc/self/status', (spec) => {
        spec.process.noNewPrivileges = true;
      }),
      /\t1\n/,
    );
  });

  for (const noNewPrivileges of [false, true]) {
    it(`loads the default seccomp profile ${noNewPrivileges ? 'with' : 'without'} no_new_privs`, async () => {
      const script =
        'grep ^Seccomp: /proc/self/status; grep CapEff /proc/self/status; unshare -m true; mount -t tmpfs x /tmp; echo ok';
      const text = await sh(script, (spec) => {
        spec.linux.seccomp = defaultSeccomp();
        spec.process.noNewPrivileges = noNewPrivileges;
      });
      assert.match(text, /^Seccomp:\t2$/m);
      assert.match(text, /^CapEff:\t00000000a80425fb$/m, 'CAP_SYS_ADMIN was kept for the filter only');
      assert.match(text, /unshare: .*Operation not permitted/);
      assert.match(text, /mount: permission denied/);
      assert.match(text, /^ok$/m);
    });
  }

  it('masks files and directories, and skips what is missing', async () => {
    const script =
      'ls -ld /proc/timer_list | cut -c1; cat /proc/timer_list | wc -c; ls -A /proc/acpi /sys/firmware; echo x 2>/dev/null >/proc/acpi/x || echo refused';
    assert.equal(await sh(script), 'c\n0\n/proc/acpi:\n\n/sys/firmware:\nrefused\n');
  });

  it('has read-only paths and a read-only /sys', async () => {
    const script =
      'echo 1 2>/dev/null >/proc/sys/kernel/domainname || echo sys; touch /sys/x 2>/dev/null || echo sysfs; echo h 2>/dev/null >/proc/sysrq-trigger || echo sysrq';
    assert.equal(await sh(script), 'sys\nsysfs\nsysrq\n');
  });

  it('has the usual devices and links', async () => {
    const script =
      'head -c4 /dev/zero | wc -c; echo lost >/dev/null; head -c2 /dev/urandom | wc -c; for link in ptmx fd stdout; do readlink /dev/$link; done; stat -c %a /dev/shm /dev/null; test -c /dev/full && echo full; ls /dev';
    const lines = (await sh(script)).trim().split('\n');
    assert.deepEqual(lines.slice(0, 8), [
      '4',
      '2',
      'pts/ptmx',
      '/proc/self/fd',
      '/proc/self/fd/1',
      '1777',
      '666',
      'full',
    ]);
    assert.deepEqual(
      lines.slice(8),
      'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' '),
    );
  });

  it("can't open devices that it makes", async () => {
    // Root of the machine may make nodes (CAP_MKNOD); none of its mounts lets them be opened.
    const script =
      'for place in /dev /tmp /dev/shm /data; do mknod $place/zero2 c 1 5 && head -c1 $place/zero2; done; true';
    const text = await sh(script, (spec) => {
      mkdirSync(join(box.dir, 'nodev'));
      spec.mounts.push({ destination: '/data', type: 'bind', source: join(box.dir, 'nodev'), options: ['rbind'] });
    });
    assert.equal(text.match(inUserNamespace ? /Operation not permitted/g : /Permission denied/g)?.length, 4);
  });

  it('has the devices of the config', { skip: !existsSync('/dev/kmsg') && 'no /dev/kmsg to give' }, async () => {
    const text = await sh('stat -c "%F %t:%T" /dev/kmsg', (spec) => {
      spec.linux['devices'] = [{ path: '/dev/kmsg', type: 'c', major: 1, minor: 11 }];
    });
    assert.equal(text, 'character special file 1:b\n');
  });

  it('binds files and directories, read-only when asked', async () => {
    const host = join(box.dir, 'host');
    mkdirSync(join(host, 'sub'), { recursive: true });
    writeFileSync(join(host, 'file'), 'content\n');
    const text = await sh(
      'cat /made/file /data/file; echo y >/data/new && echo written; echo z 2>/dev/null >/ro/new || echo refused',
      (spec) => {
        spec.mounts.push({
          destination: '/made/file',
          type: 'bind',
          source: join(host, 'file'),
          options: ['bind', 'ro', 'rprivate'],
        });
        spec.mounts.push({ destination: '/data', type: 'bind', source: host, options: ['rbind', 'rw'] });
        spec.mounts.push({
          destination: '/ro',
          type: 'bind',
          source: host,
          options: ['rbind', 'rro', 'nosuid', 'nodev'],
        });
      },
    );
    assert.equal(text, 'content\ncontent\nwritten\nrefused\n');
    assert.ok(existsSync(join(host, 'new')));
  });

  it('keeps the upper layer of an overlay, and never the image', async () => {
    const spec = box.spec(['sh', '-c', 'echo new >/etc/new; rm /etc/passwd; echo gone']);
    await box.run(spec);
    assert.ok(existsSync(join(box.rootfs, 'etc/passwd')) && !existsSync(join(box.rootfs, 'etc/new')));
    const upper = spec.mounts[0]?.options?.find((option) => option.startsWith('upperdir='))?.slice(9) ?? '';
    assert.equal(readFileSync(join(upper, 'etc/new'), 'utf8'), 'new\n');
    assert.ok(lstatSync(join(upper, 'etc/passwd')).isCharacterDevice(), 'a whiteout');
  });

  it('mounts layers with long paths, and many of them', async () => {
    const lowers = Array.from({ length: 60 }, (_, i) => join(box.dir, 'layers', `${i}-`.padEnd(250, 'x'), 'fs'));
    for (const [i, lower] of lowers.entries()) {
      mkdirSync(lower, { recursive: true });
      writeFileSync(join(lower, `file${i}`), '');
      writeFileSync(join(lower, 'top'), `${i}\n`);
    }
    const text = await sh('cat /top; ls / | grep -c file', (spec) => {
      spec.mounts[0]?.options?.unshift(...lowers.map((lower) => `lowerdir+=${lower}`));
    });
    assert.equal(text, '0\n60\n');
  });

  it('sets sysctls of its own namespaces', async () => {
    const text = await sh('cat /proc/sys/net/ipv4/ip_unprivileged_port_start', (spec) => {
      spec.linux.sysctl = { 'net.ipv4.ip_unprivileged_port_start': '0' };
    });
    assert.equal(text, '0\n');
  });

  it('has a terminal and a console', async () => {
    const end = await box.run(box.spec(['sh', '-c', 'tty; stat -c %F /dev/console'], { terminal: true }));
    assert.equal(end.stdout, '/dev/pts/0\r\ncharacter special file\r\n');
  });

  it('takes seccomp filters from the cache, and only trusted ones', async () => {
    const cache = join(box.dir, 'cache');
    const spec = box.spec(['grep', '^Seccomp:', '/proc/self/status']);
    spec.linux.seccomp = defaultSeccomp();
    const options = { args: ['--seccomp-cache', cache] };
    assert.equal((await box.run(spec, options)).stdout, 'Seccomp:\t2\n');
    const [name = ''] = readdirSync(cache);
    assert.match(name, /^[0-9a-f]{16}\.bpf$/);
    const good = readFileSync(join(cache, name));
    assert.equal((await box.run(spec, options)).stdout, 'Seccomp:\t2\n');
    // Damaged in the profile's copy: not believed, compiled anew.
    const bad = Buffer.from(good);
    bad.fill(0x41, 60, 80);
    writeFileSync(join(cache, name), bad);
    assert.equal((await box.run(spec, options)).stdout, 'Seccomp:\t2\n');
    assert.deepEqual(readFileSync(join(cache, name)), good);
    rmSync(join(cache, name));
    symlinkSync('/etc/passwd', join(cache, name));
    assert.equal((await box.run(spec, options)).stdout, 'Seccomp:\t2\n');
  });

  it('answers new system calls with ENOSYS and refused ones with EPERM', async () => {
    const probe = join(box.dir, 'probe');
    try {
      writeFileSync(`${probe}.c`, PROBE);
      execFileSync('gcc', ['-static', '-o', join(box.rootfs, 'bin/probe'), `${probe}.c`]);
    } catch {
      return; // no compiler: the programs were built elsewhere
    }
    const text = await sh('probe', (spec) => {
      spec.linux.seccomp = defaultSeccomp();
    });
    assert.deepEqual(text.trim().split('\n'), [
      'clone3 38',
      'new 38',
      'kexec_load 1',
      'keyctl 1',
      'alg 1',
      'alg-high 1',
      'vsock 1',
      'unix 0',
      'inet 0',
      'inet6 0',
      'netlink 0',
      'packet 0',
      'newns 1',
      'fork 0',
      'personality 0',
      'personality-x 1',
      'ptrace 0',
    ]);
  });
});

const PROBE = `
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void say(const char *name, long result) { printf("%s %d\\n", name, result < 0 ? errno : 0); }
int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  say("clone3", syscall(SYS_clone3, 0, 0));
  say("new", syscall(900));
  say("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  say("keyctl", syscall(SYS_keyctl, 0, 0, 0));
  say("alg", socket(38, SOCK_SEQPACKET, 0));
  say("alg-high", syscall(SYS_socket, 0x100000026UL, SOCK_SEQPACKET, 0));
  say("vsock", socket(40, SOCK_STREAM, 0));
  say("unix", socket(AF_UNIX, SOCK_STREAM, 0));
  say("inet", socket(AF_INET, SOCK_STREAM, 0));
  say("inet6", socket(AF_INET6, SOCK_STREAM, 0));
  say("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
  say("packet", socket(AF_PACKET, SOCK_RAW, 0));
  say("newns", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  say("fork", child);
  waitpid((pid_t)child, NULL, 0);
  say("personality", syscall(SYS_personality, 0xffffffffUL));
  say("personality-x", syscall(SYS_personality, 0x40000UL));
  say("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
}
`;
