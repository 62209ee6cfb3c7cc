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

    /// The signal handler's and readline's ways to tell what happened.
    private static let isInterrupted = Atomic<Bool>(false)
    private static let answer = Mutex<Input?>(nil)

    init(history: HistoryFile) {
        self.history = history
        rl_readline_name = UnsafePointer(strdup("lunette"))
        rl_catch_signals = 0
        // Until there is completion of Lua's names, a tab is a tab and not the name of a file.
        rl_bind_key(9, rl_insert)
        using_history()
        history.load()
    }

    /// Asks for a line.
    func read(prompt: String) -> Input {
        Self.answer.withLock { $0 = nil }
        Self.isInterrupted.store(false, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in LineReader.isInterrupted.store(true, ordering: .relaxed) }
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
            var input = pollfd(fd: fileno(rl_instream ?? stdin), events: Int16(POLLIN), revents: 0)
            let ready = poll(&input, 1, -1)
            if Self.isInterrupted.exchange(false, ordering: .relaxed) { return clear() }
            guard ready > 0 else { continue }
            rl_callback_read_char()
            if let answer = Self.answer.withLock({ $0 }) { return answer }
        }
    }

    /// Adds a complete input, which may have several lines, to the history.
    func remember(_ input: String) { history.add(input) }

    private func clear() -> Input {
        rl_free_line_state()
        rl_callback_sigcleanup()
        rl_callback_handler_remove()
        print("^C")
        return .cleared
    }
}
