import CLua

/// What Lua's compiler made of a function: enough to tell whether two texts mean the same, and which global variables
/// they name.
///
/// It is read from the form in which Lua 5.4 dumps functions.
public struct FunctionCode {
    /// The number of named parameters, `self` among them.
    public let parameters: Int
    /// The names of the variables of enclosing functions that it uses, and of `_ENV`.
    public let upvalues: [String]
    private let instructions: [UInt8]
    private let constants: [Constant]
    private let header: [UInt8]
    private let captures: [UInt8]
    private let inner: [FunctionCode]

    private enum Constant: Equatable {
        case number([UInt8])
        case text([UInt8])
    }

    /// Reads the dump of a function; nil where it is cut short.
    init?(_ dump: [UInt8]) {
        // Before the function stand the signature, the sizes and samples of numbers, and the count of its upvalues.
        var reader = Reader(bytes: dump, position: 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1)
        guard let code = FunctionCode(&reader) else { return nil }
        self = code
    }

    private init?(_ reader: inout Reader) {
        guard reader.skipString(), reader.number() != nil, reader.number() != nil, let header = reader.take(3),
            let count = reader.number(), let instructions = reader.take(count.multipliedReportingOverflow(by: 4))
        else { return nil }
        guard let constants = reader.list({ $0.constant() }), let captureCount = reader.number(),
            let captures = reader.take(captureCount.multipliedReportingOverflow(by: 3)),
            let inner = reader.list({ FunctionCode(&$0) }), reader.skipLines(), let names = reader.list({ $0.string() })
        else { return nil }
        (self.header, self.instructions, self.constants) = (header, instructions, constants)
        (self.captures, self.inner) = (captures, inner)
        parameters = Int(header[0])
        upvalues = names.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether both do the same with variables of the same names, wherever they stand.
    public func means(_ other: FunctionCode) -> Bool {
        upvalues == other.upvalues && isLike(other)
    }

    /// Whether instructions and constants are the same; where the function takes its outer variables from may differ.
    private func isLike(_ other: FunctionCode) -> Bool {
        header == other.header && instructions == other.instructions && constants == other.constants
            && inner.count == other.inner.count
            && zip(inner, other.inner).allSatisfy { $0.captures == $1.captures && $0.isLike($1) }
    }

    /// The names of the global variables that it reads or sets, and those within it.
    public var globals: Set<String> {
        var found = inner.reduce(into: Set<String>()) { $0.formUnion($1.globals) }
        for start in stride(from: 0, to: instructions.count - 3, by: 4) {
            // An instruction is 7 bits of operation, 8 of A, 1 of k, 8 of B, 8 of C, the lowest first.
            let operation = instructions[start] & 0x7F
            let a = Int(instructions[start] >> 7) | Int(instructions[start + 1] & 0x7F) << 1
            let (b, c) = (Int(instructions[start + 2]), Int(instructions[start + 3]))
            // OP_GETTABUP: R[A] := UpValue[B][K[C]]; OP_SETTABUP: UpValue[A][K[B]] := RK(C).
            let access: (table: Int, key: Int)? = operation == 11 ? (b, c) : operation == 15 ? (a, b) : nil
            guard let access, upvalues.indices.contains(access.table), upvalues[access.table] == "_ENV",
                constants.indices.contains(access.key), case .text(let name) = constants[access.key]
            else { continue }
            found.insert(String(decoding: name, as: UTF8.self))
        }
        return found
    }

    /// A place in the bytes of a dump.
    private struct Reader {
        let bytes: [UInt8]
        var position: Int

        mutating func take(_ count: Int) -> [UInt8]? {
            guard count >= 0, count <= bytes.count - position else { return nil }
            defer { position += count }
            return Array(bytes[position..<position + count])
        }

        mutating func take(_ count: (partialValue: Int, overflow: Bool)) -> [UInt8]? {
            count.overflow ? nil : take(count.partialValue)
        }

        /// A number: seven bits a byte, the highest first; the last byte has its top bit set.
        mutating func number() -> Int? {
            var value = 0
            while position < bytes.count, value < 1 << 48 {
                let byte = bytes[position]
                position += 1
                value = value << 7 | Int(byte & 0x7F)
                if byte & 0x80 != 0 { return value }
            }
            return nil
        }

        /// Skips some numbers; nil where the bytes end before.
        mutating func numbers(_ count: Int) -> Void? {
            for _ in 0..<count { guard number() != nil else { return nil } }
            return ()
        }

        /// A string, preceded by its length and one; empty where there is none.
        mutating func string() -> [UInt8]? {
            guard let size = number() else { return nil }
            return take(Swift.max(size - 1, 0))
        }

        mutating func skipString() -> Bool { string() != nil }

        mutating func constant() -> Constant? {
            guard let kind = take(1)?.first else { return nil }
            switch kind {
            case 0x03, 0x13: return take(8).map { .number([kind] + $0) }
            case 0x04, 0x14: return string().map { .text($0) }
            default: return .number([kind])
            }
        }

        mutating func list<Element>(_ element: (inout Reader) -> Element?) -> [Element]? {
            guard let count = number(), count <= bytes.count else { return nil }
            var result: [Element] = []
            for _ in 0..<count {
                guard let next = element(&self) else { return nil }
                result.append(next)
            }
            return result
        }

        /// Skips which instruction stands in which line, and where which local variables live.
        mutating func skipLines() -> Bool {
            guard let lines = number(), take(lines) != nil, list({ $0.numbers(2) }) != nil,
                list({ $0.skipString() ? $0.numbers(2) : nil }) != nil
            else { return false }
            return true
        }
    }
}

extension LuaCallback {
    /// What the compiler made of a script's function; nil for one of Swift or C.
    public var code: FunctionCode? {
        get throws {
            try reference.onStack { stack in
                guard stack.type(at: -1) == LUA_TFUNCTION, lua_iscfunction(stack.pointer, -1) == 0 else { return nil }
                var bytes: [UInt8] = []
                let status = withUnsafeMutablePointer(to: &bytes) { target in
                    lua_dump(
                        stack.pointer,
                        { _, part, size, target in
                            guard let part, let target = target?.assumingMemoryBound(to: [UInt8].self) else { return 1 }
                            target.pointee.append(contentsOf: UnsafeRawBufferPointer(start: part, count: size))
                            return 0
                        }, target, 0)
                }
                return status == 0 ? FunctionCode(bytes) : nil
            }
        }
    }

    /// The variables of enclosing functions that a script's function uses, `_ENV` among them, with their values.
    public var upvalues: [(name: String, value: LuaValue)] {
        get throws {
            try reference.onStack { stack in
                var found: [(name: String, value: LuaValue)] = []
                while let name = lua_getupvalue(stack.pointer, -1, Int32(clamping: found.count + 1)) {
                    defer { stack.pop() }
                    found.append((String(cString: name), try LuaValue.decode(stack, at: -1)))
                }
                return found
            }
        }
    }
}
