// Names of files and strings of Lua are bytes, a Swift String is Unicode. A byte that is not part of valid UTF-8 is
// carried by one of the last private code points, U+10FF00 plus the byte (80...FF), and becomes the byte again on the
// way back; bytes that would spell such a code point are carried one by one, so that all bytes survive the round trip.

extension String {
    /// The string that stands for `bytes`, which need not be UTF-8.
    public init(rawBytes bytes: UnsafeRawBufferPointer) {
        if !bytes.contains(Self.carrierLead), let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        var result = ""
        var rest = bytes[...]
        while let first = rest.first {
            if let length = Self.sequenceLength(first), rest.count >= length, !Self.isCarrier(rest.prefix(4)),
                let scalar = String(validating: rest.prefix(length), as: UTF8.self)
            {
                result += scalar
                rest = rest.dropFirst(length)
            } else {
                result.unicodeScalars.append(Unicode.Scalar(0x10FF00 + UInt32(first)) ?? "?")
                rest = rest.dropFirst()
            }
        }
        self = result
    }

    /// The string that stands for `bytes`, which need not be UTF-8.
    public init(rawBytes bytes: some Sequence<UInt8>) {
        self = Array(bytes).withUnsafeBytes { String(rawBytes: $0) }
    }

    /// The string that stands for the bytes up to the first 0 at `start`; "" for nil.
    public init(rawBytes start: UnsafePointer<CChar>?) {
        var count = 0
        while let start, start[count] != 0 { count += 1 }
        self.init(rawBytes: UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The bytes that this string stands for.
    public var rawBytes: [UInt8] {
        var text = self
        return text.withUTF8 { Self.released($0) }
    }

    /// Whether this string stands for bytes that differ from its UTF-8.
    public var carriesBytes: Bool {
        var text = self
        return text.withUTF8 { utf8 in
            utf8.contains(Self.carrierLead)
                && (0..<utf8.count).contains { utf8[$0] == Self.carrierLead && Self.isCarrier(at: $0, of: utf8) }
        }
    }

    /// The text as messages show it, on one line: control characters and bytes that are not UTF-8 as "\x0A".
    public var shown: String {
        func isPlain(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && scalar.value < 0x10FF80
        }
        guard !unicodeScalars.allSatisfy(isPlain) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if isPlain(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                for byte in String(scalar).rawBytes {
                    result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            }
        }
        return result
    }

    /// The first byte of the code points that carry bytes, U+10FF80 to U+10FFFF: F4 8F BE or BF.
    private static let carrierLead: UInt8 = 0xF4

    private static func isCarrier(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.count == 4 && bytes.starts(with: [carrierLead, 0x8F]) && bytes[bytes.startIndex + 2] >= 0xBE
    }

    private static func isCarrier(at index: Int, of utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        isCarrier(UnsafeRawBufferPointer(utf8)[index..<Swift.min(index + 4, utf8.count)])
    }

    private static func sequenceLength(_ first: UInt8) -> Int? {
        switch first {
        case 0..<0x80: 1
        case 0xC2..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0..<0xF5: 4
        default: nil
        }
    }

    private static func released(_ utf8: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard utf8.contains(carrierLead) else { return Array(utf8) }
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        var index = 0
        while index < utf8.count {
            if isCarrier(at: index, of: utf8) {
                result.append((utf8[index + 2] & 1) << 6 | utf8[index + 3] & 0x3F | 0x80)
                index += 4
            } else {
                result.append(utf8[index])
                index += 1
            }
        }
        return result
    }
}
