import Foundation
import Support

/// Writes the messages of a kernel: their headers, and whom they answer.
package struct MessageWriter: Sendable {
    /// The version of the protocol.
    package static let version = "5.3"
    /// What tells this run of the kernel from others.
    package let session = UUID().uuidString.lowercased()
    private let user = NSUserName()

    /// Begins a session.
    package init() {}

    /// The answer to a request, for the socket that it came from.
    package func reply(to request: Message, _ content: JSON) -> Message {
        let type = request.type.hasSuffix("_request") ? request.type.dropLast(8) + "_reply" : request.type + "_reply"
        return Message(
            identities: request.identities, header: header(String(type)), parent: request.header, content: content)
    }

    /// A question to the sender of a request, for the channel stdin.
    package func question(to request: Message, _ type: String, _ content: JSON) -> Message {
        Message(identities: request.identities, header: header(type), parent: request.header, content: content)
    }

    /// A message for all front ends, which the request with the header `parent` has caused.
    package func broadcast(_ type: String, parent: JSON, _ content: JSON) -> Message {
        Message(identities: [Array(type.utf8)], header: header(type), parent: parent, content: content)
    }

    private func header(_ type: String) -> JSON {
        .record([
            "msg_id": .string(UUID().uuidString.lowercased()), "msg_type": .string(type),
            "session": .string(session), "username": .string(user), "date": .string(Self.date()),
            "version": .string(Self.version),
        ])
    }

    /// The time as ISO 8601 writes it, in UTC with microseconds.
    private static func date() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1,
            Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec), now.tv_nsec / 1000)
    }
}
