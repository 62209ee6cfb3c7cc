import CSodium
import Support

/// A message of Jupyter's protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
package struct Message: Equatable, Sendable {
    /// The sender or the receiver, as ZeroMQ's ROUTER sockets write it; of a published message, the topic.
    package var identities: [[UInt8]]
    /// Its type, id, session, date, user and version of the protocol.
    package var header: JSON
    /// The header of the request that it answers; empty for a request.
    package var parent: JSON
    /// Facts about the content, by name.
    package var metadata: JSON
    /// What the message says, by its type.
    package var content: JSON
    /// Data that is not JSON.
    package var buffers: [[UInt8]]

    /// A message.
    package init(
        identities: [[UInt8]] = [], header: JSON, parent: JSON = .record([:]), metadata: JSON = .record([:]),
        content: JSON, buffers: [[UInt8]] = []
    ) {
        self.identities = identities
        self.header = header
        self.parent = parent
        self.metadata = metadata
        self.content = content
        self.buffers = buffers
    }

    /// Its type, such as "execute_request".
    package var type: String { header["msg_type"]?.text ?? "" }

    private static let delimiter = Array("<IDS|MSG>".utf8)

    /// Reads the frames that came over a socket: identities, "<IDS|MSG>", signature, header, parent header, metadata,
    /// content and any buffers.
    package init(frames: [[UInt8]], key: MessageKey) throws(JupyterError) {
        guard let delimiter = frames.firstIndex(of: Self.delimiter) else {
            throw .message(reason: "'<IDS|MSG>' expected among the \(frames.count) frames")
        }
        let rest = frames[(delimiter + 1)...]
        guard rest.count >= 5, let signature = rest.first else {
            throw .message(reason: "5 frames expected behind '<IDS|MSG>', got \(rest.count)")
        }
        let parts = rest.dropFirst().prefix(4)
        guard key.accepts(signature, of: parts) else { throw .message(reason: "the signature is wrong") }
        var values: [JSON] = []
        for (name, part) in zip(["header", "parent_header", "metadata", "content"], parts) {
            do throws(JSONError) {
                values.append(try JSON(parsing: part))
            } catch {
                throw .message(reason: "\(name): \(error)")
            }
            guard values.last?.members != nil else { throw .message(reason: "\(name): an object expected") }
        }
        self.init(
            identities: Array(frames[..<delimiter]), header: values[0], parent: values[1], metadata: values[2],
            content: values[3], buffers: Array(rest.dropFirst(5)))
        guard !type.isEmpty else { throw .message(reason: "header: msg_type expected") }
    }

    /// The frames that go over a socket.
    package func frames(key: MessageKey) -> [[UInt8]] {
        let parts = [header, parent, metadata, content].map { Array($0.description.utf8) }
        return identities + [Self.delimiter, key.signature(of: parts)] + parts + buffers
    }
}

extension JSON {
    /// The truth value, where this is one.
    package var truth: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }
}

/// The key with which a front end and its kernel sign their messages (HMAC with SHA-256, RFC 2104).
package struct MessageKey: Sendable {
    private let bytes: [UInt8]

    /// A key; an empty one signs nothing and accepts everything.
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// The signature of parts in their order, as 64 hexadecimal digits.
    package func signature(of parts: some Sequence<[UInt8]>) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var state = crypto_auth_hmacsha256_state()
        crypto_auth_hmacsha256_init(&state, bytes, bytes.count)
        for part in parts { crypto_auth_hmacsha256_update(&state, part, UInt64(part.count)) }
        var digest = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
        crypto_auth_hmacsha256_final(&state, &digest)
        let digits = Array("0123456789abcdef".utf8)
        return digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Whether `signature` is that of the parts; the time that this takes does not depend on how much of it is right.
    package func accepts(_ signature: [UInt8], of parts: some Sequence<[UInt8]>) -> Bool {
        guard !bytes.isEmpty else { return true }
        let expected = self.signature(of: parts)
        return signature.count == expected.count && sodium_memcmp(signature, expected, expected.count) == 0
    }
}
