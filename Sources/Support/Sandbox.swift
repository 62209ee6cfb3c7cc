import CSandbox
import Foundation

/// What keeps the code of others to a folder: from `enter` on, this process and its threads can neither leave it nor
/// start another process, whatever they run.
///
/// The system sees to it: Landlock keeps files apart, and a filter of libseccomp refuses the calls that start
/// processes, reach the network or other processes, or change the machine. What it does not promise: a file's name,
/// size and times can be asked for everywhere, what is world-readable below /usr can be read, the environment is known,
/// and a folder can be filled.
public enum Sandbox {
    /// The folder whose files may be read and written, with all links followed; nil outside a sandbox.
    public private(set) nonisolated(unsafe) static var folder: String?

    /// Keeps this process to `folder`, and to reading what is at `readable`. To be called once, before the process has
    /// a second thread.
    ///
    /// Throws where a path does not exist, and where the system cannot keep the promise: nothing is to be run then.
    public static func enter(folder: String, readable: [String] = []) throws(FileError) {
        guard FileSystem.kind(folder) == .folder else {
            throw FileError(path: folder, reason: "the sandbox's folder is not there")
        }
        guard let resolved = folder.withSystemPath({ realpath($0, nil) }) else { throw .system(folder) }
        defer { free(resolved) }
        let threads = (try? FileSystem.names(in: "/proc/self/task").count) ?? 0
        guard threads == 1 else {
            throw FileError(path: folder, reason: "a sandbox has to be entered with one thread, not with \(threads)")
        }
        try restrictFiles(folder, readable)
        try refuseCalls(folder)
        self.folder = String(cString: resolved)
    }

    /// What programs read that is nobody's own: the system's libraries, fonts and tables, what a process is told of
    /// itself and the machine, and this program's own files. What is not there is left out.
    private static var common: [String] {
        let program = FileSystem.link(at: "/proc/self/exe") ?? ""
        let home = program.parentPath
        let fonts = FileSystem.environment("FONTCONFIG_FILE").map { [$0.parentPath] } ?? []
        return fonts + [
            home, home + "/../libraries", home + "/../../../share/lunette", "/usr", "/lib", "/lib64", "/etc/fonts",
            "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/nsswitch.conf", "/var/cache/fontconfig",
            "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/self/status", "/proc/self/statm", "/proc/self/maps",
            "/proc/self/cgroup", "/sys/fs/cgroup", "/sys/devices/system", "/dev/urandom",
        ]
    }

    /// What is written to that is no file: the terminal and what swallows all.
    private static let devices = ["/dev/null", "/dev/tty"]

    private static func restrictFiles(_ folder: String, _ readable: [String]) throws(FileError) {
        let version = lunette_landlock_version()
        guard version > 0 else {
            throw FileError(
                path: folder, reason: "this system cannot keep files apart: its kernel has no Landlock (Linux 5.13)")
        }
        let read = LUNETTE_LANDLOCK_READ | LUNETTE_LANDLOCK_LIST
        var write = LUNETTE_LANDLOCK_WRITE | LUNETTE_LANDLOCK_MAKE
        if version >= 2 { write |= LUNETTE_LANDLOCK_MOVE }
        if version >= 3 { write |= LUNETTE_LANDLOCK_TRUNCATE }
        let control = version >= 5 ? LUNETTE_LANDLOCK_DEVICES : 0
        // All that the version knows: 13 kinds of access and those that came later, two of networks, two scopes.
        let files = UInt64(1) << (version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13) - 1
        var rules = lunette_landlock_rules(
            files: files, network: version >= 4 ? 3 : 0, scopes: version >= 6 ? 3 : 0)
        let set = lunette_landlock_create(&rules, version >= 6 ? 24 : version >= 4 ? 16 : 8)
        guard set >= 0 else { throw .system(folder) }
        defer { close(set) }
        try allow(folder, read | write, in: set)
        for path in readable { try allow(path, read, in: set) }
        for path in common where FileSystem.exists(path) { try allow(path, read, in: set) }
        for path in devices where FileSystem.exists(path) {
            try allow(path, LUNETTE_LANDLOCK_READ | LUNETTE_LANDLOCK_WRITE | control, in: set)
        }
        guard lunette_landlock_restrict(set) == 0 else { throw .system(folder) }
    }

    private static func allow(_ path: String, _ access: UInt64, in set: Int32) throws(FileError) {
        let file = path.withSystemPath { open($0, LUNETTE_OPEN_NAME | O_CLOEXEC) }
        guard file >= 0 else { throw .system(path) }
        defer { close(file) }
        // What is about the names in a folder cannot be allowed to a file.
        let ofNames = LUNETTE_LANDLOCK_LIST | LUNETTE_LANDLOCK_MAKE | LUNETTE_LANDLOCK_MOVE
        let allowed = FileSystem.kind(path) == .folder ? access : access & ~ofNames
        guard lunette_landlock_allow(set, file, allowed) == 0 else { throw .system(path) }
    }

    /// The calls that are refused, whatever is passed to them.
    package static let refusedCalls = [
        // Other programs, and other processes.
        "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
        "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "kcmp",
        // The network, and what two processes share.
        "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "shmget", "shmat", "semget", "msgget",
        "mq_open", "mq_unlink",
        // What Landlock does not govern of files that are not in the folder.
        "chmod", "fchmodat", "chown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat", "setxattr",
        "lsetxattr", "removexattr", "lremovexattr", "name_to_handle_at", "open_by_handle_at", "mount", "umount2",
        "move_mount", "fsopen", "fsmount", "open_tree", "pivot_root", "chroot", "mknod", "mknodat", "quotactl", "acct",
        "swapon", "swapoff", "fanotify_init",
        // What changes the machine, or the rights of this process.
        "unshare", "setns", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
        "personality", "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
        "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "iopl", "ioperm",
        "syslog", "vhangup",
        // Ways into the kernel that programs like this one do not need.
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key",
        "request_key", "keyctl",
    ]

    private static func refuseCalls(_ folder: String) throws(FileError) {
        guard let filter = seccomp_init(LUNETTE_ALLOW) else { throw unfiltered(folder, -ENOMEM) }
        defer { seccomp_release(filter) }
        func refuse(_ call: String, _ action: UInt32 = LUNETTE_REFUSE, _ arguments: [scmp_arg_cmp] = []) -> Int32 {
            let number = seccomp_syscall_resolve_name(call)
            return seccomp_rule_add_array(filter, action, number, UInt32(arguments.count), arguments)
        }
        let process = UInt64(getpid())
        func argument(_ place: UInt32, _ comparison: scmp_compare, _ a: UInt64, _ b: UInt64 = 0) -> [scmp_arg_cmp] {
            [scmp_arg_cmp(arg: place, op: comparison, datum_a: a, datum_b: b)]
        }
        var results = refusedCalls.map { refuse($0) }
        // Threads may be made, and this process told to stop; processes may not be made, nor others be told.
        results.append(refuse("clone", LUNETTE_REFUSE, argument(0, SCMP_CMP_MASKED_EQ, LUNETTE_IS_THREAD)))
        results.append(refuse("clone3", LUNETTE_UNKNOWN))
        for call in ["kill", "tgkill"] {
            results.append(refuse(call, LUNETTE_REFUSE, argument(0, SCMP_CMP_NE, process)))
        }
        results.append(refuse("prlimit64", LUNETTE_REFUSE, argument(0, SCMP_CMP_NE, 0)))
        for request in [LUNETTE_TYPE_INTO_TERMINAL, LUNETTE_CONTROL_CONSOLE] {
            // The kernel looks at 32 bits of it.
            let same = argument(1, SCMP_CMP_MASKED_EQ, 0xFFFF_FFFF, request)
            results.append(refuse("ioctl", LUNETTE_REFUSE, same))
        }
        if let failed = results.first(where: { $0 != 0 }) { throw unfiltered(folder, failed) }
        let loaded = seccomp_load(filter)
        guard loaded == 0 else { throw unfiltered(folder, loaded) }
    }

    private static func unfiltered(_ folder: String, _ error: Int32) -> FileError {
        FileError(path: folder, reason: "this system refuses a filter of calls: \(String(cString: strerror(-error)))")
    }
}

/// The time that a process may take.
public enum TimeBudget {
    /// The status of a process that did not stop when its time was over, as timeout(1) has it.
    private static let overdue: Int32 = 124
    /// How long the script may take to stop, in seconds.
    private static let patience = 5

    /// Lets this process run for `seconds`: then what runs is stopped as by Ctrl-C, and the process is ended five
    /// seconds later where it still runs. The system sees to the end, too, should the process be busy beyond that.
    public static func set(seconds: Double) {
        let cores = UInt64(max(Machine.cores, 1))
        let most = UInt64(clampedSeconds: seconds) &+ UInt64(2 * patience)
        let (time, isLong) = most.multipliedReportingOverflow(by: cores)
        if !isLong {
            var limit = rlimit(rlim_cur: rlim_t(time), rlim_max: rlim_t(time))
            setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
        }
        let process = getpid()
        let over = DispatchTime.now() + seconds
        DispatchQueue.global().asyncAfter(deadline: over) {
            StandardStream.writeError("lunette: the \(seconds.formatted()) s of --time are over\n")
            kill(process, SIGINT)
        }
        DispatchQueue.global().asyncAfter(deadline: over + .seconds(patience)) { _exit(overdue) }
    }
}

extension UInt64 {
    /// A number of seconds that is 0 or more, rounded up.
    fileprivate init(clampedSeconds seconds: Double) {
        self = seconds < 1e15 ? UInt64(seconds.rounded(.up)) : UInt64(1e15)
    }
}
