import CLua
import Foundation
import Support
import Synchronization

/// Ctrl-C while a state runs: the handler of SIGINT, and what was there before it.
struct InterruptSignal {
    private let previous: sigaction
    private let previousMask: sigset_t
    private let previousHost: UInt

    /// The address of the host of the state that runs, and its thread, for the signal handler.
    private static let host = Atomic<UInt>(0)
    private static let thread = Atomic<UInt>(0)
    private static let terminates = Atomic<Bool>(false)
    private static let patience: StaticString = "Still stopping; Ctrl-\\ ends lunette at once.\n"

    /// Catches SIGINT until `end`; nil where the state leaves it alone.
    static func begin(_ state: LuaState) -> InterruptSignal? {
        guard state.interruptPolicy != .ignore else { return nil }
        let previousHost = host.exchange(UInt(bitPattern: state.host), ordering: .relaxed)
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        terminates.store(state.interruptPolicy == .stopThenTerminate, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in InterruptSignal.handle() }
        var previous = sigaction()
        // No SA_RESTART: a script that waits for input is to be woken.
        sigaction(SIGINT, &action, &previous)
        // Threads of a dispatch queue have all signals blocked.
        var unblocked = sigset_t()
        var previousMask = sigset_t()
        sigemptyset(&unblocked)
        sigaddset(&unblocked, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &unblocked, &previousMask)
        return InterruptSignal(previous: previous, previousMask: previousMask, previousHost: previousHost)
    }

    /// Puts back the handler that was there before.
    func end() {
        var previous = previous
        var previousMask = previousMask
        sigaction(SIGINT, &previous, nil)
        pthread_sigmask(SIG_SETMASK, &previousMask, nil)
        Self.host.store(previousHost, ordering: .relaxed)
    }

    private static func handle() {
        let target = pthread_t(thread.load(ordering: .relaxed))
        guard pthread_equal(pthread_self(), target) != 0 else {
            pthread_kill(target, SIGINT)
            return
        }
        if terminates.load(ordering: .relaxed) {
            signal(SIGINT, SIG_DFL)
        } else if Interrupt.isRequested {
            // A C function of Lua's own library cannot be stopped. Only what is safe in a signal handler is done here.
            _ = write(STDERR_FILENO, patience.utf8Start, patience.utf8CodeUnitCount)
        }
        Interrupt.request()
        guard let host = UnsafeMutablePointer<lunette_host>(bitPattern: host.load(ordering: .relaxed)) else { return }
        lunette_arm(host)
    }
}

/// What Ctrl-C does while a script runs.
public enum InterruptPolicy: Sendable {
    /// What it did before: it ends the process, unless there is another handler.
    case ignore
    /// It stops the script with an error.
    case stop
    /// It stops the script with an error; a second one ends the process.
    case stopThenTerminate
}
