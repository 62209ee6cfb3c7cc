import CZeroMQ
import Foundation

/// A socket of ZeroMQ's that listens; only one thread may use it.
final class Socket {
    let pointer: UnsafeMutableRawPointer
    /// The largest frame that is taken, in bytes: more ends the connection.
    private static let largestFrame: Int64 = 256 << 20

    /// Makes a socket of `kind` (ZMQ_ROUTER and so on), which keeps at most `limit` messages for each front end.
    init(_ context: UnsafeMutableRawPointer?, kind: Int32, endpoint: String, limit: Int32) throws(JupyterError) {
        guard let context, let socket = zmq_socket(context, kind) else { throw Self.error(endpoint) }
        pointer = socket
        set(ZMQ_SNDHWM, limit)
        // Gives the last message, the reply to a shutdown, time to leave.
        set(ZMQ_LINGER, Int32(1000))
        set(ZMQ_MAXMSGSIZE, Self.largestFrame)
        guard zmq_bind(socket, endpoint) == 0 else {
            let error = Self.error(endpoint)
            zmq_close(socket)
            throw error
        }
    }

    private static func error(_ endpoint: String) -> JupyterError {
        .socket(address: endpoint, reason: String(cString: zmq_strerror(zmq_errno())))
    }

    func close() { zmq_close(pointer) }

    /// Sets an option.
    func set<Value: FixedWidthInteger>(_ option: Int32, _ value: Value) {
        withUnsafeBytes(of: value) { _ = zmq_setsockopt(pointer, option, $0.baseAddress, $0.count) }
    }

    /// The frames of a message that has come; nil where there is none.
    func receive() -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        var frame = zmq_msg_t()
        repeat {
            zmq_msg_init(&frame)
            defer { zmq_msg_close(&frame) }
            guard zmq_msg_recv(&frame, pointer, ZMQ_DONTWAIT) >= 0 else { return nil }
            frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&frame), count: zmq_msg_size(&frame))))
            if zmq_msg_more(&frame) == 0 { return frames }
        } while true
    }

    /// Sends a message; false where that would have to wait.
    func send(_ frames: [[UInt8]]) -> Bool {
        for (index, frame) in frames.enumerated() {
            let more = index < frames.count - 1 ? ZMQ_SNDMORE : 0
            while zmq_send(pointer, frame, frame.count, ZMQ_DONTWAIT | more) < 0 {
                // A front end may have gone before its reply: then the reply is dropped.
                guard zmq_errno() == EINTR else { return zmq_errno() != EAGAIN }
            }
        }
        return true
    }
}
