import Foundation
import Synchronization

/// The signals by which a cluster's engine asks a process to leave: they are noted while a shared study is open, so
/// that the job at hand keeps a checkpoint first.
public enum StopSignal: String, Sendable {
    /// SIGTERM: the process is to end, as its place is needed.
    case terminate = "TERM"
    /// SIGUSR1: its time is nearly over, and it is to begin again.
    case requeue = "USR1"

    private static let received = Atomic<Int32>(0)
    private static let openStudies = Atomic<Int>(0)

    private var number: Int32 { self == .terminate ? SIGTERM : SIGUSR1 }

    /// The signal that has come; nil where none has.
    public static var current: StopSignal? {
        switch received.load(ordering: .relaxed) {
        case SIGTERM: .terminate
        case SIGUSR1: .requeue
        default: nil
        }
    }

    /// Notes the signals from now on, until as many calls of `end`; a second SIGTERM ends the process.
    static func begin() {
        guard openStudies.add(1, ordering: .relaxed).oldValue == 0 else { return }
        received.store(0, ordering: .relaxed)
        for one in [terminate, requeue] {
            signal(one.number) { number in
                StopSignal.received.store(number, ordering: .relaxed)
                if number == SIGTERM { signal(SIGTERM, SIG_DFL) }
            }
        }
    }

    /// Gives the signals their usual meaning again.
    static func end() {
        guard openStudies.subtract(1, ordering: .relaxed).newValue == 0 else { return }
        for one in [terminate, requeue] { signal(one.number, SIG_DFL) }
    }
}
