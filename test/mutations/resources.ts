// What a container may have of the machine (native/src/cgroup, rdt.c, containers/machine.ts, the thin client's places), as table.ts
// describes it.
import type { Mutation, Rows } from './mutation.ts';

const cgroup = (name: string): string => `test/native/cgroup/${name}.test.ts`;
const runtime = (name: string): string => `test/native/runtime/${name}.test.ts`;
const MACHINE = 'test/unit/containers/machine.test.ts';
const RDT = runtime('rdt');
const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({ name, file, text, without, test, pattern });
/** Where cgroup v2 is not mounted alone, the file is run again as one test, whose name comes first. */
const inCgroups = (pattern: string): string => `with cgroup v2 mounted|${pattern}`;
const container = of('native/src/runtime/container.c', cgroup('devices'));
const machine = of('runtime-server/src/containers/machine.ts', MACHINE);
const rdt = of('native/src/runtime/rdt.c', RDT);
const label = of('native/src/runtime/labels.c', runtime('selinux'));
const start = of('native/src/client/paths.c', 'test/native/client/start.test.ts');

export const RESOURCES: readonly Mutation[] = [
  container(
    'a device for reading alone is not given whole',
    'if (!devices_divided(&plan->resources)) return 0;',
    'if (!devices_divided(&plan->resources) || err != NULL) return 0;',
    'alone is refused',
  ),
  container(
    'device rules are in force',
    'plan->device_controller = !devices_restrict(&plan->resources) || devices_control(path, dir, &plan->resources, err) == 0;',
    'plan->device_controller = path != NULL && dir >= 0;',
    inCgroups('device rules'),
  ),
  of('native/src/cgroup/devices.c', cgroup('devices'))(
    'what no device rule fits is denied',
    'emit_return(&program, 0);\n    CLEAN_FD int fd = load(&program);',
    'emit_return(&program, 1);\n    CLEAN_FD int fd = load(&program);',
    inCgroups('denies what no rule fits'),
  ),
  of('native/src/cgroup/place.c', cgroup('limits'))(
    'a limit without its controller is refused',
    'if (cgroup_text_has(have, place->required[i])) continue;',
    'if (i < place->required_count) continue;',
    inCgroups('a controller that is not there'),
  ),
  of('native/src/cgroup/cgroup.c', cgroup('verbs'))(
    'a limit without its controller is refused at create',
    'CLEAN_FD int dir = place_descend(&place, true, err);\n    place_undo(&place);\n    return dir < 0 ? -1 : 0;',
    'CLEAN_FD int dir = place_descend(&place, true, err);\n    place_undo(&place);\n    return 0;',
    inCgroups('whether a limit could be kept'),
  ),
  of('native/src/cgroup/remove.c', cgroup('life'))(
    'what a container left is killed with its cgroup',
    'if (cgroup_kill(path, dir, err) < 0) return -1;\n    return remove_one(',
    'if (cgroup_wait_empty(-1) == 0) return -1;\n    return remove_one(',
    inCgroups('left running'),
  ),
  of('native/src/cgroup/cgroup.c', cgroup('life'))(
    'a cgroup in use is nobody’s to take',
    'if (populated(*dir)) return errno = EBUSY,',
    'if (populated(*dir) && place->path == NULL) return errno = EBUSY,',
    inCgroups('refuses one in use'),
  ),
  of('native/src/cgroup/cgroup.c', cgroup('life'))(
    'no exec in a paused container',
    'if (cgroup_is_frozen(path))\n',
    'if (cgroup_is_frozen(path) && dir < 0)\n',
    inCgroups('in a paused container'),
  ),
  of('native/src/runtime/mounts.c', cgroup('life'))(
    'no cgroup of the machine without a namespace',
    'if (unified && plan->namespaces[NS_CGROUP].wanted) {',
    'if (unified) {',
    inCgroups('where no namespace confines'),
  ),
  machine(
    'no rules in a user namespace',
    'if (!ownsMachine) throw',
    'if (hint === undefined) throw',
    'reading or writing alone',
  ),
  machine(
    'no --pid host without a cgroup',
    "if (options.pidMode === 'host')\n",
    "if (options.pidMode === 'host' && limited === '')\n",
    'PID namespace needs a cgroup',
  ),
  of('runtime-server/src/launcher/devices.ts', MACHINE)(
    'device rules begin with none',
    "  { allow: false, access: 'rwm' },\n",
    '',
    'are docker’s',
  ),
  of('runtime-server/src/containers/host-spec.ts', MACHINE)(
    'a privileged container alone opens every device',
    'const rules = privileged ? EVERY_DEVICE : deviceRules(devices);',
    'const rules = EVERY_DEVICE;',
    'are docker’s',
  ),
  of('runtime-server/src/launcher/spec-host.ts', 'test/native/runtime/baseline.test.ts')(
    'another user than root gets no ambient capabilities',
    'ambient: [] },',
    'ambient: capabilities },',
    'fourteen capabilities',
  ),
  of('native/src/runtime/labels.c', runtime('attributes'))(
    'a profile without AppArmor is refused',
    '"unconfined") != 0 && !apparmor_enabled())',
    '"unconfined") != 0 && err == NULL)',
    'a profile where AppArmor is off|refuses a profile',
  ),
  of('native/src/runtime/labels.c', runtime('attributes'))(
    'a label without SELinux is refused',
    'if (asked(label) && !selinux_enabled())',
    'if (asked(label) && err == NULL)',
    'a label where SELinux is off|refuses a label',
  ),
  label(
    'a label is for the next exec',
    '"self/attr/exec", process->selinux_label, "set SELinux label"',
    '"self/attr/current", process->selinux_label, "set SELinux label"',
    'nothing else is written',
  ),
  label(
    'a label goes to a proc of the runtime’s own',
    'CLEAN_FD int proc = mountapi_new("proc", NULL, 0, 0, "proc for labels", err);',
    'CLEAN_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);',
    'nothing else is written',
  ),
  rdt('a class is one name', 'if (check_name(name, err) < 0) return -1;\n', '', 'refuses the name'),
  rdt(
    'a class of others is as it is asked for',
    '(out->made ? write_text : compare)(mount, path, texts[i], err) < 0',
    'out->made && write_text(mount, path, texts[i], err) < 0',
    'leaves nothing',
  ),
  rdt(
    'a class that was found stays',
    'if (place->made) snprintf(path, sizeof path, "%s", place->group);',
    'if (place->group[0] != 0) snprintf(path, sizeof path, "%s", place->group);',
    'that it finds',
  ),
  of('native/src/runtime/oci_manage.c', RDT)(
    'delete takes its class away',
    ' || rdt_remove(&state->rdt, err) < 0) return -1;',
    ') return -1;',
    'delete takes it away',
  ),
  of('native/src/runtime/init.c', RDT)(
    'an exec enters the class',
    '    if (rdt_enter(init->rdt, err) < 0) return -1;\n',
    '',
    'exec enters',
  ),
  start(
    'a run directory is its user’s',
    'if (st.st_uid != geteuid()) return',
    'if (st.st_uid != geteuid() && path == NULL) return',
    'refuses directories of somebody else',
  ),
  start(
    'a run directory is closed',
    'if ((st.st_mode & forbidden) != 0) {',
    'if ((st.st_mode & forbidden) != 0 && path == NULL) {',
    'that others may enter',
  ),
];
