import CSodium

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

    /// Whether `signature` is that of the parts; how long it takes does not tell how much of it is right.
    package func accepts(_ signature: [UInt8], of parts: some Sequence<[UInt8]>) -> Bool {
        guard !bytes.isEmpty else { return true }
        let expected = self.signature(of: parts)
        return signature.count == expected.count && sodium_memcmp(signature, expected, expected.count) == 0
    }
}
