@preconcurrency import CReadline
import Foundation
import Synchronization

/// Reads lines with readline: editing, history, and Ctrl-C that clears the line.
final class LineReader {
    /// What the user did at the prompt.
    enum Input: Equatable {
        case line(String)
        case cleared
        case end
    }

    private let history: HistoryFile

    /// A pipe into which the signal handler writes: however the signal comes, waiting for input sees it.
    private static let interrupts: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()
    /// What readline's callback got.
    private static let answer = Mutex<Input?>(nil)

    init(history: HistoryFile) {
        self.history = history
        rl_readline_name = UnsafePointer(strdup("lunette"))
        rl_catch_signals = 0
        // Until there is completion of Lua's names, a tab is a tab and not the name of a file.
        rl_bind_key(9, rl_insert)
        using_history()
        // A parent may have left the signal blocked.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        history.load()
    }

    /// Asks for a line.
    func read(prompt: String) -> Input {
        Self.answer.withLock { $0 = nil }
        _ = Self.takeInterrupt()
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in _ = write(LineReader.interrupts.write, "!", 1) }
        var previous = sigaction()
        sigaction(SIGINT, &action, &previous)
        defer { sigaction(SIGINT, &previous, nil) }
        rl_callback_handler_install(prompt) { line in
            // Removed at once: otherwise readline shows the prompt again before the line is carried out.
            rl_callback_handler_remove()
            LineReader.answer.withLock { $0 = line.map { .line(String(cString: $0)) } ?? .end }
            free(line)
        }
        while true {
            var inputs = [fileno(rl_instream ?? stdin), Self.interrupts.read].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&inputs, nfds_t(inputs.count), -1)
            if Self.takeInterrupt() { return clear() }
            guard inputs[0].revents != 0 else { continue }
            rl_callback_read_char()
            if let answer = Self.answer.withLock({ $0 }) { return answer }
        }
    }

    /// Adds a complete input, which may have several lines, to the history.
    func remember(_ input: String) { history.add(input) }

    /// Whether there was an interrupt since this was last asked.
    private static func takeInterrupt() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        return Foundation.read(interrupts.read, &bytes, bytes.count) > 0
    }

    private func clear() -> Input {
        rl_free_line_state()
        rl_callback_sigcleanup()
        rl_callback_handler_remove()
        print("^C")
        return .cleared
    }
}
