import CZeroMQ
import Foundation

/// The channel that all front ends hear: nothing is lost as long as they take something every few seconds.
struct Publisher {
    /// How many messages are kept for a front end that is slow.
    private static let limit: Int32 = 100
    /// How long a front end that takes nothing, such as a stopped one, may hold up all messages, in seconds.
    private static let patience = 5.0
    /// For how long such a front end then loses what it does not take, in seconds.
    private static let lossyTime = 60.0

    let socket: Socket
    private var waiting: [[[UInt8]]] = []
    private var waitsSince: TimeInterval?
    private var lossyUntil: TimeInterval?

    /// Listens at an address.
    init(_ context: UnsafeMutableRawPointer?, endpoint: String) throws(JupyterError) {
        socket = try Socket(context, kind: ZMQ_XPUB, endpoint: endpoint, limit: Self.limit)
        socket.set(ZMQ_XPUB_NODROP, Int32(1))
        socket.set(ZMQ_XPUB_VERBOSE, Int32(1))
    }

    /// Whether something could not be sent yet.
    var isBusy: Bool { !waiting.isEmpty }

    /// The topics of subscriptions that are new.
    func newSubscriptions() -> [String] {
        var topics: [String] = []
        while let frame = socket.receive()?.first {
            if frame.first == 1 { topics.append(String(decoding: frame.dropFirst(), as: UTF8.self)) }
        }
        return topics
    }

    /// Sends a message, after those that wait.
    mutating func send(_ frames: [[UInt8]], warn: (String) -> Void) {
        waiting.append(frames)
        flush(warn: warn)
    }

    /// Sends what waits, as far as it can be; `warn` is told where a front end is given up.
    mutating func flush(warn: (String) -> Void) {
        let now = ProcessInfo.processInfo.systemUptime
        if let until = lossyUntil, now > until {
            lossyUntil = nil
            socket.set(ZMQ_XPUB_NODROP, Int32(1))
        }
        while let first = waiting.first {
            if socket.send(first) {
                waiting.removeFirst()
                waitsSince = nil
                continue
            }
            let since = waitsSince ?? now
            waitsSince = since
            guard now - since > Self.patience else { return }
            lossyUntil = now + Self.lossyTime
            socket.set(ZMQ_XPUB_NODROP, Int32(0))
            warn(
                "a front end has taken nothing for \(Int(Self.patience)) s: for \(Int(Self.lossyTime)) s it loses what it "
                    + "does not take")
        }
    }
}
