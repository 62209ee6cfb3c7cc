@preconcurrency import CReadline
import Foundation
import LuaBridge
import Sessions
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

    /// A pipe into which the handler writes the numbers of signals, so that the wait for input sees them at any time.
    private static let signals: (read: Int32, write: Int32) = {
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
        // Never reset: an interrupt between two lines must not end the session.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            // One that comes between a line and its run stops the run.
            if signal == SIGINT { Interrupt.request() }
            var number = UInt8(truncatingIfNeeded: signal)
            _ = write(LineReader.signals.write, &number, 1)
        }
        sigaction(SIGINT, &action, nil)
        action.sa_flags = SA_RESTART
        sigaction(SIGCONT, &action, nil)
        // A parent may have left the signal blocked.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        PastedText.install()
        leaveOutLateAnswers()
        history.load()
    }

    /// Drops what a busy terminal answers to `KittyGraphics.isOffered` too late: it is no input.
    private func leaveOutLateAnswers() {
        rl_bind_keyseq("\\e[?") { _, _ in
            LineReader.skip { (0x40...0x7E).contains($0) }
            return 0
        }
        rl_bind_keyseq("\\e_Gi=4211;") { _, _ in
            LineReader.skip { $0 == Int32(UInt8(ascii: "\\")) }
            return 0
        }
    }

    /// Reads and drops characters, up to the first of which `isLast` is true.
    private static func skip(to isLast: (Int32) -> Bool) {
        while true {
            let key = rl_read_key()
            if key < 0 || isLast(key) { return }
        }
    }

    /// Asks for a line; `earlier` are the lines of the input before it.
    func read(prompt: String, after earlier: String) -> Input {
        completion.begin(after: earlier)
        Self.answer.withLock { $0 = nil }
        _ = Self.takeSignals()
        Interrupt.clear()
        rl_callback_handler_install(prompt) { line in
            // Removed at once: otherwise readline shows the prompt again before the line is carried out.
            rl_callback_handler_remove()
            let input = line.map { Input.line(String(rawBytes: UnsafeRawBufferPointer(start: $0, count: strlen($0)))) }
            LineReader.answer.withLock { $0 = input ?? .end }
            free(line)
        }
        while true {
            let input = fileno(rl_instream ?? stdin)
            var inputs = [input, Self.signals.read].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&inputs, nfds_t(inputs.count), PastedText.isWaiting ? 0 : -1)
            let signals = Self.takeSignals()
            if signals.contains(SIGINT) { return clear() }
            if signals.contains(SIGCONT) { takeTerminalBack(input) }
            guard inputs[0].revents != 0 || PastedText.isWaiting else { continue }
            followSize()
            rl_callback_read_char()
            if let answer = Self.answer.withLock({ $0 }) { return answer }
        }
    }

    /// Adds a complete input, which may have several lines, to the history.
    func remember(_ input: String) { history.add(input) }

    /// The signals that came since this was last asked.
    private static func takeSignals() -> Set<Int32> {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Foundation.read(signals.read, &bytes, bytes.count)
        return Set(bytes.prefix(max(0, count)).map(Int32.init))
    }

    private func clear() -> Input {
        Interrupt.clear()
        rl_callback_sigcleanup()
        // The ^C stands after the text that it clears.
        rl_point = rl_end
        rl_redisplay()
        try? StandardStream.writeOutput("^C\n")
        rl_free_line_state()
        rl_callback_handler_remove()
        return .cleared
    }

    /// Continues the prompt after a stop, as by Ctrl-Z, during which the shell has set the terminal for itself.
    private func takeTerminalBack(_ input: Int32) {
        guard tcgetpgrp(input) == getpgrp() else { return }
        rl_deprep_terminal()
        rl_prep_terminal(1)
        rl_forced_update_display()
    }

    /// Tells readline a new size of the terminal, as readline notices changes only while it runs.
    private func followSize() {
        let size = TerminalSize(of: STDOUT_FILENO)
        guard size != self.size else { return }
        self.size = size
        rl_resize_terminal()
    }
}
