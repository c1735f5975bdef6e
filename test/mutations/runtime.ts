// The runtime's defences (native/src/runtime, shim, client; launcher/spec.ts), as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const native = (path: string): string => `native/src/${path}`;
const test = (name: string): string => `test/native/runtime/${name}.test.ts`;
const ESCAPE = test('escape');
const BASELINE = test('baseline');
const HOSTILE = test('hostile');
const SPEC = 'runtime-server/src/launcher/spec.ts';
const SPEC_HOST = 'runtime-server/src/launcher/spec-host.ts';
const of =
  (file: string, testFile: string): Rows =>
  (name, text, without, pattern) => ({ name, file, text, without, test: testFile, pattern });

const init = of(native('runtime/init.c'), ESCAPE);
const seccomp = (name: string): Mutation =>
  of('native/seccomp/default.json', BASELINE)(
    `seccomp: ${name}`,
    '"names": ["getrandom", "sysinfo", "uname"],',
    `"names": ["getrandom", "sysinfo", "uname", "${name}"],`,
    'what leads out',
  );
const spec = (name: string, text: string, without: string, pattern = 'its own namespaces'): Mutation =>
  of(SPEC, 'test/unit/launcher/spec.test.ts')(name, text, without, pattern);
const mounted: Rows = (name, text, without, pattern) => of(SPEC_HOST, BASELINE)(name, text, without, pattern);

export const RUNTIME: readonly Mutation[] = [
  init(
    'descriptors are closed',
    'if (syscall(SYS_close_range, 3 + (unsigned int)kept, ~0U, CLOSE_RANGE_CLOEXEC) < 0)',
    'if (err == NULL)',
    'are not in the container',
  ),
  init(
    'a new session',
    'return setsid() < 0 ? error_errno(err, "new session", NULL) : 0;',
    'return err == NULL;',
    'nothing can be typed',
  ),
  of(native('runtime/sources.c'), test('idmount'))(
    'a mount in the container does not come back to the machine through a source',
    'if (mountapi_set(tree, true, 0, 0, rootfs_propagation_of(plan), mount->destination, err) < 0) return -1;',
    'if (err == NULL) return -1;',
    'nothing comes back to the machine',
  ),
  of(native('runtime/config.c'), test('oci-manners'))(
    'a program of the container is not told the environment of the runtime',
    'if (hook->env == NULL) hook->env = plan->process.env;',
    'if (hook->env == NULL) hook->env = NULL;',
    'a hook without env',
  ),
  of(native('runtime/init.c'), BASELINE)(
    'leads its session',
    'return setsid() < 0 ? error_errno(err, "new session", NULL) : 0;',
    'return err == NULL;',
    'leads a session',
  ),
  of(native('runtime/init.c'), test('process'))(
    'signals are reset',
    '    sigprocmask(SIG_SETMASK, &none, NULL);\n',
    '',
    'signals ignored or blocked',
  ),
  of(native('runtime/init.c'), test('process'))(
    'dies with the shim',
    'if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)',
    'if (err == NULL)',
    'is killed with the shim',
  ),
  of(native('runtime/program.c'), ESCAPE)(
    'the working directory is inside',
    "return now[0] == '/' ? 0 :",
    'return now[0] != 0 ? 0 :',
    'are no working directory',
  ),
  of(native('runtime/oci.c'), ESCAPE)(
    'runs from a sealed copy',
    'if (commands[i].enters && sealed_run(',
    'if (argc < 0 && sealed_run(',
    'be written to through',
  ),
  of(native('runtime/masks.c'), ESCAPE)(
    '/dev/null is 1:3',
    'if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))',
    'if (st.st_nlink == 0)',
    'is the null device',
  ),
  of(native('runtime/masks.c'), BASELINE)(
    'masks',
    '    return mask(plan->masked_paths, rootfs, err);',
    '    return plan->masked_paths == NULL ? mask(NULL, rootfs, err) : 0;',
    'masked path',
  ),
  of(native('runtime/masks.c'), BASELINE)(
    'read-only paths',
    'if (copy < 0 || mountapi_set(copy, true, MOUNT_ATTR_RDONLY',
    'if (copy < 0 || mountapi_set(copy, true, 0',
    'has read-only paths',
  ),
  of(native('runtime/masks.c'), BASELINE)(
    'masks are read-only',
    'if (copy < 0 || mountapi_set(copy, false, MOUNT_ATTR_RDONLY',
    'if (copy < 0 || mountapi_set(copy, false, 0',
    'masked path',
  ),
  of(native('runtime/devices.c'), ESCAPE)(
    'a device is that device',
    ' && st->st_rdev == makedev(device->major, device->minor);',
    ' && device->major > 0;',
    'is that device',
  ),
  of(native('runtime/devices.c'), ESCAPE)(
    '/dev/console is no link',
    '"console", O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK',
    '"console", O_RDONLY | O_CREAT | O_NONBLOCK',
    'not followed',
  ),
  of(native('runtime/namespaces.c'), ESCAPE)(
    'sysctls go to a real proc',
    'if (fs.f_type != PROC_SUPER_MAGIC)',
    'if (fs.f_type == 0)',
    'of the caller must be one',
  ),
  of(native('runtime/mounts.c'), ESCAPE)(
    'nothing covers /proc',
    'if ((unsigned long)fs.f_type != PROC_SUPER_MAGIC) return 0;',
    'if (fs.f_type != 0) return 0;',
    'takes no mount',
  ),
  of(native('runtime/mounts.c'), test('isolation'))(
    'mounts are nodev',
    'uint64_t nodev = asked || harmless ? 0 : plan_nodev(plan);',
    'uint64_t nodev = asked || harmless || plan != NULL ? 0 : plan_nodev(plan);',
    'open devices that it makes',
  ),
  of(native('runtime/pty.c'), test('exec'))(
    'a terminal of a real devpts',
    'if (fs.f_type != DEVPTS_SUPER_MAGIC)',
    'if (fs.f_type == 0)',
    'has faked',
  ),
  of(native('runtime/credentials.c'), ESCAPE)(
    'a fresh keyring',
    'if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS) return 0;',
    'if (err != NULL) return 0;',
    'session keyring',
  ),
  of(native('runtime/credentials.c'), BASELINE)(
    'the bounding set',
    'if (caps_bound(&process->caps, err) < 0) return -1;',
    'if (err == NULL) return caps_bound(&process->caps, err);',
    'fourteen capabilities',
  ),
  of(native('runtime/credentials.c'), test('isolation'))(
    'no_new_privs',
    'if (plan->process.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)',
    'if (err == NULL)',
    'sets no_new_privs',
  ),
  of(native('runtime/credentials.c'), test('isolation'))(
    'the filter is loaded',
    'if (filter_load(&plan->seccomp, &listener, err) < 0) return -1;',
    'listener = -1;\n    if (err == NULL) return filter_load(&plan->seccomp, &listener, err);',
    'default seccomp profile',
  ),
  of(native('runtime/filter.c'), test('isolation'))(
    'a cached filter is of this profile',
    '    if (memcmp(data + sizeof found, profile, profile_size) != 0) return false;\n',
    '    (void)profile;\n',
    'only trusted ones',
  ),
  of(native('runtime/inroot.c'), HOSTILE)(
    'links stay inside',
    '.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,',
    '.resolve = resolve,',
    'only inside of it',
  ),
  of(native('runtime/inroot.c'), HOSTILE)(
    'nothing is made through links',
    'int next = openat(current, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);',
    'int next = openat(current, name, O_PATH | O_DIRECTORY | O_CLOEXEC);',
    'only inside of it',
  ),
  of(native('runtime/inroot.c'), HOSTILE)(
    '/dev, /proc, /sys are no links',
    'refuse_links ? RESOLVE_NO_SYMLINKS : 0',
    'refuse_links ? 0 : 0',
    'refuses an image whose',
  ),
  of(native('runtime/inroot.c'), ESCAPE)(
    'a rootfs that changes',
    '.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,',
    '.resolve = resolve,',
    'never comes to be outside|mounted through',
  ),
  of(native('runtime/user.c'), HOSTILE)(
    'passwd is a regular file',
    'if (!S_ISREG(st.st_mode))',
    'if (st.st_nlink == 0)',
    'a FIFO or a huge file',
  ),
  of(native('runtime/user.c'), HOSTILE)(
    'passwd is bounded',
    'MAX_SIZE = 10 << 20',
    'MAX_SIZE = 100 << 20',
    'a FIFO or a huge file',
  ),
  of(native('runtime/user.c'), HOSTILE)(
    'a FIFO holds nobody',
    'O_RDONLY | O_NONBLOCK | O_NOCTTY',
    'O_RDONLY | O_NOCTTY',
    'a FIFO or a huge file',
  ),
  of(native('runtime/user_db.c'), HOSTILE)(
    'uids below 2³¹ by name',
    'if (value > 0x7fffffff) return false;',
    'if (value > 0xffffffff) return false;',
    'that are not there',
  ),
  of(native('runtime/config_process.c'), HOSTILE)(
    'uids below 2³¹ by number',
    'MAX_ID = 0x7fffffff',
    'MAX_ID = 0xffffffff',
    'over 2³¹',
  ),
  of(native('runtime/container.c'), test('exec'))(
    'exec meets the process meant',
    'if (start != request->target_start)',
    'if (start == 0)',
    'another than meant',
  ),
  of(native('shim/client.c'), 'test/native/client/strangers.test.ts')(
    'sockets are for their user',
    ' && peer.uid == geteuid();',
    ' && peer.uid + 1 > 0;',
    'hung up',
  ),
  of(native('client/main.c'), 'test/native/client/start.test.ts')(
    'the server’s user',
    'if (peer.uid != geteuid()) {',
    'if (peer.pid < 0) {',
    'a socket of somebody else',
  ),
  of(native('client/programs.c'), 'test/native/client/start.test.ts')(
    'programs are read-only',
    '.attr_set = MOUNT_ATTR_RDONLY}',
    '.attr_set = 0}',
    'its programs read-only',
  ),
  ...[
    'keyctl',
    'mount',
    'bpf',
    'io_uring_setup',
    'kexec_load',
    'unshare',
    'setns',
    'open_by_handle_at',
    'reboot',
    'swapon',
    'userfaultfd',
  ].map(seccomp),
  of('native/seccomp/default.json', BASELINE)(
    'seccomp: address families',
    '"value": 4294967264,',
    '"value": 4294967168,',
    'what leads out',
  ),
  spec('/proc/keys is masked', "    'keys',\n", '', 'masks and protects'),
  spec('/sys/firmware is masked', "  '/sys/firmware',\n", '', 'masks and protects'),
  spec('each cpu’s thermal_throttle is masked', ', ...hostMasks', '', 'masks and protects'),
  spec('/proc/sys is read-only', "'irq', 'sys', 'sysrq-trigger'", "'irq', 'sysrq-trigger'", 'masks and protects'),
  of(SPEC_HOST, 'test/unit/launcher/spec.test.ts')(
    'nothing inheritable (CVE-2022-24769)',
    'inheritable: []',
    'inheritable: capabilities',
    'its own namespaces',
  ),
  mounted(
    'nothing inheritable, as seen inside',
    'inheritable: []',
    'inheritable: capabilities',
    'fourteen capabilities',
  ),
  mounted('/sys is read-only', "'nodev', privileged ? 'rw' : 'ro'),", "'nodev', 'rw'),", 'has read-only paths'),
  of(SPEC_HOST, 'test/unit/launcher/spec.test.ts')(
    'cgroups are read-only',
    "privileged && host.cgroupsPath !== undefined ? 'rw' : 'ro',",
    "'rw',",
    '/sys and cgroups read-only',
  ),
  mounted('/dev/shm is bounded', "'mode=1777', size", "'mode=1777'", 'the mounts of /dev'),
  mounted('/dev is bounded', "'mode=755', 'size=65536k'", "'mode=755'", 'the mounts of /dev'),
  mounted(
    '/dev/shm runs nothing',
    "mount('/dev/shm', 'tmpfs', ...flags,",
    "mount('/dev/shm', 'tmpfs', 'nosuid', 'nodev',",
    'the mounts of /dev',
  ),
  mounted('terminals’ mode', "'mode=0620'", "'mode=0666'", 'the mounts of /dev'),
  mounted(
    'each namespace',
    "['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup']",
    "['mount', 'pid', 'network', 'uts', 'cgroup']",
    'has namespaces of its own',
  ),
];
