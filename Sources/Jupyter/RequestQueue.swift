import Foundation

/// The requests that wait for the thread of the scripts, in their order.
final class RequestQueue: @unchecked Sendable {
    /// How many may wait; more stay with ZeroMQ, and then with the front end.
    static let limit = 1000

    private let condition = NSCondition()
    private var messages: [Message] = []
    private var isClosed = false

    /// Whether no more is to be added now.
    var isFull: Bool { condition.withLock { messages.count >= Self.limit } }

    /// Whether it was closed.
    var isOver: Bool { condition.withLock { isClosed } }

    /// Adds a request.
    func add(_ message: Message) {
        condition.withLock {
            messages.append(message)
            condition.signal()
        }
    }

    /// Ends the queue: what waits is given up.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    /// Waits for the next request; nil once the queue is closed.
    func next() -> Message? {
        condition.withLock {
            while messages.isEmpty, !isClosed { condition.wait() }
            return isClosed ? nil : messages.removeFirst()
        }
    }

    /// Takes out all requests of a type that wait.
    func takeAll(ofType type: String) -> [Message] {
        condition.withLock {
            let taken = messages.filter { $0.type == type }
            messages.removeAll { $0.type == type }
            return taken
        }
    }

    /// Waits for a request until `deadline`; nil where none came, or the queue is closed.
    func next(until deadline: Date) -> Message? {
        condition.withLock {
            if messages.isEmpty, !isClosed { _ = condition.wait(until: deadline) }
            return isClosed || messages.isEmpty ? nil : messages.removeFirst()
        }
    }
}
