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

/// Notes a Ctrl-C between two cells, which would otherwise end the process and lose the outputs.
struct RunSignal {
    private let previous: sigaction

    init() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interrupt.request() }
        var previous = sigaction()
        sigaction(SIGINT, &action, &previous)
        self.previous = previous
    }

    /// Puts back what was there before.
    func end() {
        var previous = previous
        sigaction(SIGINT, &previous, nil)
        Interrupt.clear()
    }
}
