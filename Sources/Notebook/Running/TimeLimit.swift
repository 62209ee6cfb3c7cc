import Foundation
import Support
import Synchronization

/// Stops what runs on this thread as Ctrl-C would, once its time is over.
final class TimeLimit: Sendable {
    private enum State {
        case running, over, ended
    }

    private let state = Mutex(State.running)

    /// Begins to count.
    init(seconds: Double) {
        let thread = UInt(pthread_self())
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
            self?.state.withLock { state in
                guard state == .running else { return }
                state = .over
                pthread_kill(pthread_t(thread), SIGINT)
            }
        }
    }

    /// Ends the count; whether the time was over before.
    func end() -> Bool {
        let isOver = state.withLock { state in
            defer { state = .ended }
            return state == .over
        }
        // Clears an interrupt that came after the cell had ended.
        if isOver { Interrupt.clear() }
        return isOver
    }
}

/// Notes what asks the process to end, which would otherwise do so and lose the outputs: a Ctrl-C between two cells,
/// and at any time SIGTERM, and SIGHUP unless it is ignored, which stop a cell as Ctrl-C does.
struct RunSignal {
    private let previous: [(signal: Int32, action: sigaction)]
    private let previousMask: sigset_t
    private static let asked = Atomic<Int32>(SIGINT)

    /// The signal that asked last; SIGINT where none did.
    static var last: Int32 { asked.load(ordering: .relaxed) }

    init() {
        Self.asked.store(SIGINT, ordering: .relaxed)
        var previous = [(SIGINT, Self.exchange(SIGINT) { _ in Interrupt.request() })]
        for signal in [SIGTERM, SIGHUP] {
            let old = Self.exchange(signal) { signal in
                RunSignal.asked.store(signal, ordering: .relaxed)
                kill(getpid(), SIGINT)
            }
            if let handler = old.__sigaction_handler.sa_handler, unsafeBitCast(handler, to: UInt.self) == Self.ignored {
                var old = old
                sigaction(signal, &old, nil)
            } else {
                previous.append((signal, old))
            }
        }
        self.previous = previous
        // A program that has them blocked hands that on to those that it starts.
        var (unblocked, mask) = (sigset_t(), sigset_t())
        sigemptyset(&unblocked)
        for (signal, _) in previous { sigaddset(&unblocked, signal) }
        pthread_sigmask(SIG_UNBLOCK, &unblocked, &mask)
        previousMask = mask
    }

    /// SIG_IGN, as under nohup.
    private static let ignored: UInt = 1

    /// Puts a handler in the place of what there was.
    private static func exchange(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) -> sigaction {
        var (action, old) = (sigaction(), sigaction())
        action.__sigaction_handler.sa_handler = handler
        sigaction(signal, &action, &old)
        return old
    }

    /// Puts back what was there before.
    func end() {
        for (signal, action) in previous {
            var action = action
            sigaction(signal, &action, nil)
        }
        var mask = previousMask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
        Interrupt.clear()
    }
}
