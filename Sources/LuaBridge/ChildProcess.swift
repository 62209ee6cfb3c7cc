import CLua
@preconcurrency import Foundation
import Support
import Synchronization

/// A command of the shell that a script waits for, and that an interrupt ends.
enum ChildProcess {
    /// How long a command may take to end once it was interrupted, in seconds.
    private static let patience = 0.3

    /// The commands that were started and have not been waited for.
    private static let running = Mutex<[pid_t: Interruption]>([:])

    /// How far the interruption of a command has come.
    private struct Interruption {
        private var told: Set<pid_t> = []
        private var deadline = Date.distantFuture

        var hasBegun: Bool { !told.isEmpty }

        /// Passes the interrupt on to a process and to those that it has started, once to each, and kills them after
        /// `patience`. To be called until the process has ended, as it may be starting another one meanwhile.
        mutating func proceed(_ process: pid_t) {
            if !hasBegun { deadline = Date(timeIntervalSinceNow: patience) }
            for member in family(of: process) where told.insert(member).inserted { kill(member, SIGINT) }
            if Date() > deadline { end(process) }
        }

        /// Kills a process and those that it has started. All are halted first: a shell whose command were killed
        /// before it would start the next one, which nobody would know of.
        private func end(_ process: pid_t) {
            var halted: Set<pid_t> = []
            while true {
                let others = family(of: process).filter { !halted.contains($0) }
                if others.isEmpty { break }
                for member in others {
                    kill(member, SIGSTOP)
                    halted.insert(member)
                }
            }
            for member in told.union(halted) { kill(member, SIGKILL) }
        }
    }

    /// Passes an interrupt on to all running commands: a terminal does so itself, but other senders reach this process
    /// only, and a stopped script would wait for its commands when their streams are collected.
    static func interruptAll() {
        running.withLock { all in
            for process in all.keys { all[process]?.proceed(process) }
        }
    }

    /// Starts a command; `descriptor` is its standard output where the script `reads`, otherwise its input, or -1 for
    /// this process's own streams. Returns its number, or -1 with the error in `errno`.
    static func start(_ command: UnsafePointer<CChar>?, _ descriptor: Int32, _ reads: Bool) -> Int32 {
        guard let command else { return -1 }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if descriptor >= 0 {
            posix_spawn_file_actions_adddup2(&actions, descriptor, reads ? STDOUT_FILENO : STDIN_FILENO)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGQUIT] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, "/bin/sh", &actions, &attributes, &words, environ)
        guard error == 0 else {
            errno = error
            return -1
        }
        running.withLock { $0[process] = Interruption() }
        return process
    }

    /// Waits for the end of a process. An interrupt, even an earlier one, is passed on to it and to those that it has
    /// started, and they are killed where they do not end. Returns its status, or -1 with the error in `errno`.
    static func wait(_ process: Int32) -> Int32 {
        let descriptor = lunette_process_descriptor(process)
        defer { if descriptor >= 0 { close(descriptor) } }
        while true {
            var status: Int32 = 0
            let ended = running.withLock { all in
                let ended = waitpid(process, &status, WNOHANG)
                if ended != 0 {
                    all[process] = nil
                } else if Interrupt.isRequested || all[process]?.hasBegun == true {
                    all[process]?.proceed(process)
                }
                return ended
            }
            guard ended == 0 else { return ended < 0 ? -1 : status }
            // A signal that arrives just before this call does not end it, hence the limit of 20 ms.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 20)
        }
    }

    /// A process and all its descendants.
    private static func family(of process: pid_t) -> [pid_t] {
        let tasks = (try? FileSystem.names(in: "/proc/\(process)/task")) ?? []
        let children = tasks.flatMap { task in
            let list = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
        return [process] + children.flatMap { family(of: $0) }
    }
}
