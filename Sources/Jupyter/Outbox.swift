import Dispatch
import Synchronization

/// A channel on which the kernel sends messages of its own: all but the heartbeat, which only echoes.
package enum Channel: Sendable {
    /// Requests and their replies, one after the other.
    case shell
    /// Requests that do not wait for what runs.
    case control
    /// The kernel's questions, and the answers.
    case stdin
    /// Messages for all front ends.
    case iopub
}

/// Messages from the thread of the scripts to that of the sockets.
final class Outbox: Sendable {
    /// Messages that are sent together.
    struct Batch: Sendable {
        let messages: [(Channel, Message)]
        /// Where given, what is printed from now on counts as printed by the request with this header.
        let outputParent: Message?
        let done: DispatchSemaphore
    }

    private let batch = Mutex<Batch?>(nil)

    /// Puts messages in; only one thread may, and it has to wait for `done` before it puts in more.
    func put(_ messages: [(Channel, Message)], outputParent: Message?) -> Batch {
        let new = Batch(messages: messages, outputParent: outputParent, done: DispatchSemaphore(value: 0))
        batch.withLock { $0 = new }
        return new
    }

    /// Takes out what was put in.
    func take() -> Batch? {
        batch.withLock { current in
            defer { current = nil }
            return current
        }
    }
}
