import Dispatch
import Synchronization

/// One of the ways between a kernel and its front ends on which the kernel speaks first or answers.
package enum Channel: Sendable {
    /// Requests and their replies, one after the other.
    case shell
    /// Requests that do not wait for what runs.
    case control
    /// Questions of the kernel's.
    case stdin
    /// What all front ends hear.
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
