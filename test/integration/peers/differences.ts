// Where slipway-runtime means to be another than crun: tests of crun's own suite that can't pass, or that don't run, each with its
// reason. A test that is listed as failing and passes is a failure of ours: then the list is out of date.

export interface Difference {
  /** `waits`: it would never end, and isn't run. */
  readonly outcome: 'fails' | 'skips' | 'waits';
  readonly reason: string;
  /** Only on machines of this kind; absent: everywhere. */
  readonly where?: 'no limits' | 'cgroup v1 beside v2';
}

const fails = (reason: string, where?: Difference['where']): Difference =>
  where === undefined ? { outcome: 'fails', reason } : { outcome: 'fails', reason, where };
const waits = (reason: string): Difference => ({ outcome: 'waits', reason });
const skips = (reason: string): Difference => ({ outcome: 'skips', reason });

const NO_LIMITS = fails('cgroup v2 has no controller here to keep a limit with', 'no limits');
const CRIU = skips('there is no checkpoint and restore');
const NOTIFY = skips('NOTIFY_SOCKET of systemd is not handed on');

/** By file, then by the name of the test. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  test_checkpoint_restore: {
    'checkpoint-restore': CRIU,
    'checkpoint-restore-ext-ns': CRIU,
    'checkpoint-restore-pre-dump': CRIU,
  },
  test_devices: {
    'owner-device': fails(
      'in a user namespace a device is a bind of the machine’s node, and this machine has none like it',
    ),
  },
  test_exec: {
    exec_add_no_new_privileges: fails('an exec keeps the noNewPrivileges of config.json, as with runc'),
    exec_write_pid_file: fails('asks for a pid of five digits; those of a new pid namespace are smaller'),
  },
  test_limits: { 'limit-pid-n': NO_LIMITS },
  test_mounts: {
    'mount-symlink-not-existing': fails('no file is made where a link of the image leads to nowhere'),
    'mount-idmapped-mounts': fails(
      'takes the maps of a mount the other way round, as crun did before 1.10; and has options of crun’s own',
    ),
  },
  test_preserve_fds: {
    'preserve-fds-some': fails('descriptors that are to be kept must be open, as with runc'),
  },
  test_resources: {
    'resources-pid-limit': NO_LIMITS,
    'resources-pid-limit-userns': NO_LIMITS,
    'resources-unified': NO_LIMITS,
    'resources-unified-invalid-controller': fails('asks for the text of crun’s error'),
    'resources-unified-invalid-key': fails('asks for the text of crun’s error'),
    'resources-unified-exec-cgroup': fails('takes the lines of cgroup v1 for those of v2', 'cgroup v1 beside v2'),
    'resources-fail-with-enoent': NO_LIMITS,
    'resources-cpu-weight': NO_LIMITS,
    'resources-cpu-weight-systemd': skips('asks crun for its build, and for systemd'),
  },
  test_seccomp: {
    'seccomp-listener': waits(
      'a listener is for SCMP_ACT_NOTIFY (runtime-spec, “seccomp”), and no rule of its filter has it',
    ),
  },
  test_start: {
    start: fails('reads a file of crun’s state directory'),
    'sd-notify': NOTIFY,
    'sd-notify-file': NOTIFY,
    'sd-notify-env': NOTIFY,
    'sd-notify-proxy': NOTIFY,
    listen_pid_env: fails('LISTEN_FDS says that a descriptor is open which is not: an error, as with runc'),
    'delete-in-created-state': fails(
      'delete of a container that is not stopped must be an error (runtime-spec, “Delete”)',
    ),
    'run-rootless-netns-with-userns': skips('is for ordinary users'),
  },
  test_tty: {
    'test-detach-tty': fails('args holds a number, and only strings are valid; asks for the text of crun’s error'),
  },
  test_uid_gid: {
    'keep-groups': fails('an annotation of crun’s own, run.oci.keep_original_groups'),
  },
  test_update: { 'test-update': skips('is for cgroup v1') },
};
