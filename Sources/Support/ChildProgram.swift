import CSystem
import Foundation

/// A program that is run without a shell, waited for, and ended by an interrupt.
public enum ChildProgram {
    /// How long a program may take to end once it was interrupted, in seconds.
    private static let patience = 0.5

    /// The most bytes of output that are kept; the first go where there are more.
    private static let keptOutput = 1 << 20

    /// The path of the program `name` in the folders of PATH, or itself where it is a path; nil where it is not there.
    public static func path(of name: String) -> String? {
        if name.contains("/") { return FileSystem.isExecutable(name) ? name : nil }
        let folders = (FileSystem.environment("PATH") ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: FileSystem.isExecutable)
    }

    /// Runs the program at `path` with `arguments`, and returns its exit status (of one that a signal ended, 128 and
    /// the signal's number) and what it wrote to the standard output and error. It reads `input`, and runs in `folder`,
    /// this process's by default.
    ///
    /// Throws where it cannot be started, and `FileError.interrupted` where the user asked to stop: it and those that
    /// it started are then told so, and killed where they do not end.
    public static func run(
        _ path: String, _ arguments: [String], input: [UInt8] = [], in folder: String? = nil
    ) throws(FileError) -> (status: Int, output: [UInt8]) {
        let given = try file(of: input)
        defer { close(given) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system(path) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let started = spawn(path, arguments, in: folder, input: given, output: ends[1])
        close(ends[1])
        let process = try started.get()
        let (output, isInterrupted) = collect(from: ends[0], of: process)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard !isInterrupted else { throw .interrupted(path) }
        return (Int(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F), output)
    }

    /// A descriptor of a file without a name that holds `bytes`, at its start.
    private static func file(of bytes: [UInt8]) throws(FileError) -> Int32 {
        let descriptor = lunette_unnamed_file()
        guard descriptor >= 0 else { throw .system("input") }
        guard StandardStream.writeAll(bytes, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            defer { close(descriptor) }
            throw .system("input")
        }
        return descriptor
    }

    /// Starts the program in a process group of its own.
    private static func spawn(
        _ path: String, _ arguments: [String], in folder: String?, input: Int32, output: Int32
    ) -> Result<pid_t, FileError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let folder { _ = folder.withSystemPath { posix_spawn_file_actions_addchdir_np(&actions, $0) } }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        for stream in [STDOUT_FILENO, STDERR_FILENO] { posix_spawn_file_actions_adddup2(&actions, output, stream) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGQUIT, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = ([path] + arguments).map { word in word.withSystemPath { strdup($0) } } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let error = path.withSystemPath { posix_spawn(&process, $0, &actions, &attributes, &words, environ) }
        guard error == 0 else { return .failure(FileError(path: path, reason: String(cString: strerror(error)))) }
        return .success(process)
    }

    /// What is written to `stream` until its writers end, and whether they were interrupted.
    private static func collect(from stream: Int32, of process: pid_t) -> (output: [UInt8], isInterrupted: Bool) {
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var deadline: Date?
        while true {
            if Interrupt.isRequested {
                if deadline == nil {
                    kill(-process, SIGINT)
                    deadline = Date(timeIntervalSinceNow: patience)
                }
                if let deadline, deadline < Date() {
                    kill(-process, SIGKILL)
                    return (output, true)
                }
            }
            var waiting = pollfd(fd: stream, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 20) > 0 else { continue }
            let count = read(stream, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return (output, deadline != nil) }
            output += piece[..<count]
            if output.count > 2 * keptOutput { output.removeFirst(output.count - keptOutput) }
        }
    }
}
