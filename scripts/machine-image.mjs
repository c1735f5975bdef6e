// The disk of the honest fresh machine: a stock Debian with systemd and Debian's kernel, made once with mmdebstrap and kept
// under build/machine/ by the digest of its recipe. Knows nothing of what will run in it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup.mjs';

const RELEASE = 'bookworm';

const PACKAGES = [
  'systemd-sysv',
  'dbus',
  'dbus-user-session',
  'libpam-systemd',
  'uidmap',
  'udev',
  'linux-image-cloud-amd64',
  'initramfs-tools',
  'passwd',
  'login',
  'procps',
  'iproute2',
  'busybox-static',
  'apparmor',
  'python3',
];

/**
 * Files of the machine: /slipway is the second disk, whose guest.sh is all that runs there; when it ends, so does the machine. The initrd
 * has the modules of this one machine: unpacking all would cost half a minute of emulation.
 */
const FILES = {
  'etc/initramfs-tools/conf.d/slipway': 'MODULES=list\nCOMPRESS=gzip\n',
  'etc/initramfs-tools/hooks/slipway':
    '#!/bin/sh\n[ "$1" = prereqs ] && exit 0\n. /usr/share/initramfs-tools/hook-functions\n' +
    'manual_add_modules virtio_pci virtio_blk ext4\n',
  'etc/fstab': '/dev/vda / ext4 defaults 0 0\n/dev/vdb /slipway ext4 ro 0 0\n',
  'etc/hostname': 'machine\n',
  'etc/modules-load.d/slipway.conf': 'virtio_console\n',
  'etc/systemd/system/slipway-machine.service': [
    '[Unit]',
    'After=multi-user.target systemd-logind.service',
    'Wants=systemd-logind.service',
    'RequiresMountsFor=/slipway',
    'SuccessAction=none',
    'FailureAction=poweroff-force',
    '[Service]',
    'Type=oneshot',
    'ExecStart=/bin/sh /slipway/test/machine/guest.sh',
    'StandardOutput=journal+console',
    'StandardError=inherit',
    'TimeoutStartSec=infinity',
    '[Install]',
    'WantedBy=graphical.target',
    '',
  ].join('\n'),
};

/** In the root file system, as its root: the ordinary user, and no timers that would wake in the middle of a test. */
const CUSTOMIZE = [
  'useradd --create-home --shell /bin/bash --user-group tester',
  'grep -q ^tester: /etc/subuid && grep -q ^tester: /etc/subgid',
  'mkdir -p /slipway /var/lib/systemd/linger && touch /var/lib/systemd/linger/tester',
  'systemctl enable slipway-machine.service',
  'systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer',
];

/**
 * Makes the disk unless it is there. Two minutes and 150 MB from the mirror the first time.
 * @returns {{disk: string, kernel: string, initrd: string}} paths.
 */
export function machineImage(log = () => undefined) {
  const recipe = JSON.stringify([RELEASE, PACKAGES, FILES, CUSTOMIZE, bootstrap.toString(), makeDisk.toString()]);
  const digest = createHash('sha256').update(recipe).digest('hex').slice(0, 16);
  const cache = join(ROOT, 'build', 'machine');
  const directory = join(cache, digest);
  if (!existsSync(directory)) {
    log('slipway: making the disk of a Debian machine');
    rmSync(cache, { recursive: true, force: true });
    const temporary = join(cache, `new-${process.pid}`);
    mkdirSync(join(temporary, 'files'), { recursive: true });
    bootstrap(temporary);
    makeDisk(temporary);
    renameSync(temporary, directory);
  }
  return {
    disk: join(directory, 'disk.img'),
    kernel: join(directory, 'vmlinuz'),
    initrd: join(directory, 'initrd.img'),
  };
}

/** The root file system in `work`/root. */
function bootstrap(work) {
  const hooks = [];
  for (const [path, text] of Object.entries(FILES)) {
    const source = join(work, 'files', path.replaceAll('/', '_'));
    writeFileSync(source, text, { mode: path.includes('/hooks/') ? 0o755 : 0o644 });
    hooks.push(`--essential-hook=install -D -m ${path.includes('/hooks/') ? 755 : 644} ${source} "$1/${path}"`);
  }
  hooks.push(...CUSTOMIZE.map((command) => `--customize-hook=chroot "$1" sh -ec '${command}'`));
  run('mmdebstrap', [
    '--variant=minbase',
    '--quiet',
    `--include=${PACKAGES.join(',')}`,
    ...hooks,
    RELEASE,
    join(work, 'root'),
  ]);
}

/** Kernel, initrd and an ext4 disk without a journal: nobody mourns it. */
function makeDisk(work) {
  const boot = join(work, 'root', 'boot');
  const take = (start, name) => {
    const found = readdirSync(boot).find((entry) => entry.startsWith(start));
    if (found === undefined) throw new Error(`make machine: no ${start}* in /boot`);
    run('cp', [join(boot, found), join(work, name)]);
  };
  take('vmlinuz-', 'vmlinuz');
  take('initrd.img-', 'initrd.img');
  const disk = join(work, 'disk.img');
  run('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', join(work, 'root'), disk, '2G']);
  rmSync(join(work, 'root'), { recursive: true, force: true });
  rmSync(join(work, 'files'), { recursive: true, force: true });
}

function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr.slice(-4000)}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(machineImage(console.log));
