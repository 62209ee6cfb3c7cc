@preconcurrency import CReadline
import Foundation
import LuaBridge
import Support
import Synchronization

/// Reads lines with readline: editing, history, completion, and Ctrl-C that clears the line.
final class LineReader {
    /// What the user did at the prompt.
    enum Input: Equatable {
        case line(String)
        case cleared
        case end
    }

    private let history = HistoryFile()
    private let completion: LineCompletion
    private var size = TerminalSize(of: STDOUT_FILENO)

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

    /// Completes with `complete`, which gets all of the input before the cursor.
    init(complete: @escaping (String) -> Completer.Completion) {
        rl_readline_name = UnsafePointer(strdup("lunette"))
        rl_catch_signals = 0
        // Without a locale readline edits bytes, and not the characters that a terminal shows.
        if let locale = setlocale(LC_CTYPE, ""), ["C", "POSIX"].contains(String(cString: locale)) {
            setlocale(LC_CTYPE, "C.UTF-8")
        }
        completion = LineCompletion(complete)
        using_history()
        // For good, as an interrupt that comes between two lines must not end the session.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in _ = write(LineReader.interrupts.write, "!", 1) }
        sigaction(SIGINT, &action, nil)
        // A parent may have left the signal blocked.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        history.load()
    }

    /// Asks for a line; `earlier` are the lines of the input before it.
    func read(prompt: String, after earlier: String) -> Input {
        completion.begin(after: earlier)
        Self.answer.withLock { $0 = nil }
        _ = Self.takeInterrupt()
        rl_callback_handler_install(prompt) { line in
            // Removed at once: otherwise readline shows the prompt again before the line is carried out.
            rl_callback_handler_remove()
            let input = line.map { Input.line(.fromLua(UnsafeRawBufferPointer(start: $0, count: strlen($0)))) }
            LineReader.answer.withLock { $0 = input ?? .end }
            free(line)
        }
        while true {
            var inputs = [fileno(rl_instream ?? stdin), Self.interrupts.read].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&inputs, nfds_t(inputs.count), -1)
            if Self.takeInterrupt() { return clear() }
            guard inputs[0].revents != 0 else { continue }
            followSize()
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

    /// Tells readline of a terminal that has become wider or narrower, as it listens for that only while it runs.
    private func followSize() {
        let size = TerminalSize(of: STDOUT_FILENO)
        guard size != self.size else { return }
        self.size = size
        rl_resize_terminal()
    }
}
