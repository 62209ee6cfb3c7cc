#pragma once
#include <errno.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's Landlock, which glibc has no functions for, and names of libseccomp that Swift does not see as they are
// macros. The header of Debian 12 is older than the kernels that may run: what it lacks is named here.

/// What a rule set governs; older kernels know the first numbers alone.
typedef struct lunette_landlock_rules {
    uint64_t files, network, scopes;
} lunette_landlock_rules;

/// The version of Landlock that the kernel has; -1 where it has none.
static inline int lunette_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/// A descriptor of a new rule set, of which the kernel knows `size` bytes; -1 with an error in `errno`.
static inline int lunette_landlock_create(const lunette_landlock_rules *rules, size_t size) {
    return (int)syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

/// Allows `access` to the file of a descriptor, or to all below a folder; -1 with an error in `errno`.
static inline int lunette_landlock_allow(int rules, int file, uint64_t access) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = file};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/// Holds this thread and those that it will start to a rule set; -1 with an error in `errno`.
static inline int lunette_landlock_restrict(int rules) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

/// Opens a path to name a file, without reading it: O_PATH of Linux.
static const int32_t LUNETTE_OPEN_NAME = 010000000;

/// Of files and of folders; the last two came with versions 3 and 5.
static const uint64_t LUNETTE_LANDLOCK_READ = LANDLOCK_ACCESS_FS_READ_FILE;
static const uint64_t LUNETTE_LANDLOCK_WRITE = LANDLOCK_ACCESS_FS_WRITE_FILE;
static const uint64_t LUNETTE_LANDLOCK_LIST = LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t LUNETTE_LANDLOCK_TRUNCATE = 1 << 14;
static const uint64_t LUNETTE_LANDLOCK_DEVICES = 1 << 15;
/// What makes and removes files and folders; files by another name in another folder came with version 2.
static const uint64_t LUNETTE_LANDLOCK_MAKE = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                              LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                              LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t LUNETTE_LANDLOCK_MOVE = LANDLOCK_ACCESS_FS_REFER;

/// What a filter does with a call.
static const uint32_t LUNETTE_ALLOW = SCMP_ACT_ALLOW;
static const uint32_t LUNETTE_REFUSE = SCMP_ACT_ERRNO(EPERM);
/// As a kernel without the call: C libraries then take the older one.
static const uint32_t LUNETTE_UNKNOWN = SCMP_ACT_ERRNO(ENOSYS);

/// The bit of clone's first argument that a new thread has and a new process has not.
static const uint64_t LUNETTE_IS_THREAD = CLONE_THREAD;
/// The requests of ioctl that type into a terminal.
static const uint64_t LUNETTE_TYPE_INTO_TERMINAL = TIOCSTI;
static const uint64_t LUNETTE_CONTROL_CONSOLE = TIOCLINUX;
