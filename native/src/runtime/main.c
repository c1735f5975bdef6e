// Entry: which of the program's faces is asked for.
#include "cgroup_command.h"
#include "oci.h"
#include "shim/launcher.h"
#include "shim/shim.h"

#include <string.h>

int main(int argc, char **argv) {
    if (argc >= 2 && strcmp(argv[1], "shim") == 0) return shim_main(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "launcher") == 0) return launcher_main(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "cgroup") == 0) return cgroup_command_main(argc - 2, argv + 2);
    return oci_main(argc - 1, argv + 1);
}
