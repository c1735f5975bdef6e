// OCI features and spec: what this runtime can do, and a config.json to begin with.
#include "oci.h"

#include "caps.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int oci_features(const struct oci *oci, int argc, char **argv, struct error *err) {
    (void)oci;
    (void)argv;
    if (argc != 0) return error_set(err, EINVAL, "usage", NULL, "features takes no words");
    printf("{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"" OCI_VERSION "\",\"hooks\":[\"prestart\",\"createRuntime\",\"createContainer\",\"startContainer\",\"poststart\",\"poststop\"],\"mountOptions\":[");
    printf("\"atime\",\"bind\",\"defaults\",\"dev\",\"diratime\",\"dirsync\",\"exec\",\"idmap\",\"noatime\",\"nodev\",\"nodiratime\","
           "\"noexec\",\"nosuid\",\"nosymfollow\",\"private\",\"ratime\",\"rbind\",\"rdev\",\"relatime\",\"rexec\",\"ridmap\",\"rnodev\","
           "\"rnoexec\",\"rnosuid\",\"ro\",\"rprivate\",\"rro\",\"rrw\",\"rshared\",\"rslave\",\"rsuid\",\"runbindable\",\"rw\","
           "\"shared\",\"slave\",\"strictatime\",\"suid\",\"symfollow\",\"sync\",\"unbindable\"],");
    printf("\"linux\":{\"namespaces\":[\"cgroup\",\"ipc\",\"mount\",\"network\",\"pid\",\"time\",\"user\",\"uts\"],\"capabilities\":[");
    for (int i = 0; caps_name(i) != NULL; i++) printf("%s\"%s\"", i == 0 ? "" : ",", caps_name(i));
    printf("],\"cgroup\":{\"v1\":false,\"v2\":true,\"systemd\":true,\"systemdUser\":true,\"rdma\":true},\"seccomp\":{\"enabled\":true,"
           "\"actions\":[\"SCMP_ACT_ALLOW\",\"SCMP_ACT_ERRNO\",\"SCMP_ACT_KILL\",\"SCMP_ACT_KILL_PROCESS\",\"SCMP_ACT_KILL_THREAD\","
           "\"SCMP_ACT_LOG\",\"SCMP_ACT_NOTIFY\",\"SCMP_ACT_TRACE\",\"SCMP_ACT_TRAP\"],\"operators\":[\"SCMP_CMP_EQ\",\"SCMP_CMP_GE\",\"SCMP_CMP_GT\","
           "\"SCMP_CMP_LE\",\"SCMP_CMP_LT\",\"SCMP_CMP_MASKED_EQ\",\"SCMP_CMP_NE\"],\"knownFlags\":[\"SECCOMP_FILTER_FLAG_LOG\","
           "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\",\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]},\"apparmor\":{\"enabled\":true},\"selinux\":{\"enabled\":true},"
           "\"intelRdt\":{\"enabled\":true,\"schemata\":true,\"monitoring\":true},\"mountExtensions\":{\"idmap\":{\"enabled\":true}}}}\n");
    return 0;
}

static const char spec_head[] =
    "{\n  \"ociVersion\": \"" OCI_VERSION "\",\n  \"process\": {\n    \"terminal\": true,\n    \"user\": { \"uid\": 0, \"gid\": 0 },\n"
    "    \"args\": [\"sh\"],\n    \"env\": [\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\", \"TERM=xterm\"],\n"
    "    \"cwd\": \"/\",\n    \"capabilities\": {\n"
    "      \"bounding\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
    "      \"effective\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
    "      \"permitted\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]\n    },\n    \"noNewPrivileges\": true\n  },\n"
    "  \"root\": { \"path\": \"rootfs\", \"readonly\": true },\n  \"hostname\": \"slipway\",\n  \"mounts\": [\n"
    "    { \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\", \"options\": [\"nosuid\", \"noexec\", \"nodev\"] },\n"
    "    { \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"] },\n"
    "    { \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n"
    "      \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\", \"gid=5\"] },\n"
    "    { \"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"mode=1777\", \"size=65536k\"] },\n"
    "    { \"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\", \"options\": [\"nosuid\", \"noexec\", \"nodev\"] },\n"
    "    { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"] },\n"
    "    { \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"] }\n"
    "  ],\n  \"linux\": {\n    \"namespaces\": [\n      { \"type\": \"pid\" },\n      { \"type\": \"network\" },\n      { \"type\": \"ipc\" },\n"
    "      { \"type\": \"uts\" },\n      { \"type\": \"mount\" },\n      { \"type\": \"cgroup\" }";
static const char spec_tail[] =
    "\n    ],\n    \"maskedPaths\": [\"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", \"/proc/keys\", \"/proc/latency_stats\",\n"
    "      \"/proc/timer_list\", \"/proc/timer_stats\", \"/proc/sched_debug\", \"/proc/scsi\", \"/sys/firmware\", \"/sys/devices/virtual/powercap\"],\n"
    "    \"readonlyPaths\": [\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"]%s\n  }\n}\n";

int oci_spec(const struct oci *oci, int argc, char **argv, struct error *err) {
    const char *bundle = ".";
    bool rootless = false;
    char maps[256] = "";
    const struct command_option table[] = {
        {.name = "bundle", .letter = 'b', .value = &bundle},
        {.name = "rootless", .flag = &rootless},
    };
    (void)oci;
    if (command_line_take(argc, argv, table, 2, err) < 0) return -1;
    CLEAN_FD int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEAN_FD int fd = dir < 0 ? -1 : openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return error_errno(err, "create", dir < 0 ? bundle : "config.json");
    if (rootless)
        snprintf(maps, sizeof maps, ",\n    \"uidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }],\n"
                 "    \"gidMappings\": [{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }]", (unsigned)geteuid(), (unsigned)getegid());
    int written = dprintf(fd, "%s%s", spec_head, rootless ? ",\n      { \"type\": \"user\" }" : "");
    if (written >= 0) written = dprintf(fd, spec_tail, maps);
    return written < 0 ? error_errno(err, "write", "config.json") : 0;
}
