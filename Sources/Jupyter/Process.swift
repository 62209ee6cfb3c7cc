@preconcurrency import Foundation
import Support

extension CapturedStreams {
    /// Both streams as a kernel needs them: nothing stays in the buffers of C's library, and the standard input is
    /// empty.
    static func ofKernel() throws(FileError) -> CapturedStreams {
        let streams = try CapturedStreams()
        setvbuf(stdout, nil, _IONBF, 0)
        let empty = open("/dev/null", O_RDONLY)
        dup2(empty, STDIN_FILENO)
        close(empty)
        return streams
    }

    /// Writes a line to where the standard error went before.
    func log(_ text: String) { writeToOriginalError("lunette jupyter: \(text)\n") }
}

/// A way to wake a thread that polls descriptors.
struct Alarm {
    /// Readable once the alarm was raised.
    let descriptor: Int32
    private let end: Int32

    /// An alarm that is silent.
    init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, end) = (ends[0], ends[1])
    }

    /// Wakes the thread that polls; may be called on any thread.
    func raise() { _ = write(end, "!", 1) }

    /// Silences the alarm.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}

/// The process that started the kernel, which is of no use once that process has ended.
struct ParentProcess {
    private let first: pid_t?

    /// The parent, which is watched only where a front end asks for it (JPY_PARENT_PID).
    init() { first = ProcessInfo.processInfo.environment["JPY_PARENT_PID"] == nil ? nil : getppid() }

    /// Whether it has ended.
    var isGone: Bool { first.map { $0 != getppid() } ?? false }
}

/// The interrupt of a script, as Ctrl-C gives it: by SIGINT, for which `LuaState` has a handler while a script runs.
enum ScriptInterrupt {
    /// Between scripts, the signal does nothing.
    static func ignoreBetweenScripts() { signal(SIGINT, SIG_IGN) }

    /// Stops the script that runs; from any thread. Child processes are stopped, too, where the kernel leads a process
    /// group, as Jupyter's front ends have it.
    static func send() { kill(getpgrp() == getpid() ? 0 : getpid(), SIGINT) }
}
