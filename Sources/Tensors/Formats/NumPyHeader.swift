import Support

/// The head of an array in NumPy's format: what its numbers are and how they lie.
///
/// It is a Python dictionary as text, such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
struct NumPyHeader {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private static let types: [String: ElementType] = [
        "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32,
        "u8": .uint64, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]

    let type: ElementType
    /// Whether the bytes of each number come in the order opposite to this machine's.
    let swapped: Bool
    /// Whether the first dimension runs fastest.
    let fortranOrder: Bool
    let shape: [Int]

    /// Why a header is refused.
    struct Invalid: Error {
        let reason: String
    }

    /// Reads the dictionary; names may come in any order, each once.
    init(parsing text: [UInt8]) throws(Invalid) {
        var parser = Parser(rest: text[...])
        var (description, order, sizes): (String?, Bool?, [Int]?) = (nil, nil, nil)
        try parser.expect("{")
        while !parser.take("}") {
            let name = try parser.string()
            try parser.expect(":")
            switch name {
            case "descr" where description == nil: description = try parser.string()
            case "fortran_order" where order == nil: order = try parser.boolean()
            case "shape" where sizes == nil: sizes = try parser.tuple()
            default: throw Invalid(reason: "unexpected '\(name)' in the header")
            }
            if !parser.take(",") {
                try parser.expect("}")
                break
            }
        }
        guard let description, let order, let sizes else {
            throw Invalid(reason: "the header lacks descr, fortran_order or shape")
        }
        guard let type = Self.types[String(description.dropFirst())], let mark = description.first,
            "<>=|".contains(mark)
        else { throw Invalid(reason: "unsupported type '\(description)' (expected numbers of at most 8 bytes)") }
        self.type = type
        swapped = mark == ">"
        fortranOrder = order
        shape = sizes
    }

    /// The head of a float32 array of `shape`, the last dimension running fastest, padded to a multiple of 64 bytes.
    static func bytes(shape: [Int]) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
        let head = magic.count + 4
        while (head + text.count + 1) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        text.append(UInt8(ascii: "\n"))
        return magic + [1, 0, UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)] + text
    }
}

/// A reader of the few Python values that a header holds.
private struct Parser {
    var rest: ArraySlice<UInt8>

    mutating func take(_ word: String) -> Bool {
        rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    mutating func expect(_ word: String) throws(NumPyHeader.Invalid) {
        guard take(word) else { throw NumPyHeader.Invalid(reason: "'\(word)' expected in the header") }
    }

    mutating func string() throws(NumPyHeader.Invalid) -> String {
        // A list in the place of a type's name is a structured type.
        if take("[") { throw NumPyHeader.Invalid(reason: "structured types are not supported") }
        let quote: UInt8 = take("\"") ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        if quote == UInt8(ascii: "'") { try expect("'") }
        guard let end = rest.firstIndex(of: quote) else {
            throw NumPyHeader.Invalid(reason: "a text without an end in the header")
        }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 1)...]
        return text
    }

    mutating func boolean() throws(NumPyHeader.Invalid) -> Bool {
        if take("True") { return true }
        try expect("False")
        return false
    }

    mutating func tuple() throws(NumPyHeader.Invalid) -> [Int] {
        var sizes: [Int] = []
        try expect("(")
        while !take(")") {
            _ = take("")
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let size = Int(String(decoding: digits, as: UTF8.self)) else {
                throw NumPyHeader.Invalid(reason: "a shape that is no list of sizes in the header")
            }
            sizes.append(size)
            rest = rest[digits.endIndex...]
            // Python 2 wrote long integers as 3L.
            _ = take("L")
            if !take(",") {
                try expect(")")
                break
            }
        }
        return sizes
    }
}
