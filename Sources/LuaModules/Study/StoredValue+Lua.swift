import LuaBridge
import Study
import Tensors

extension StoredValue: LuaDecodable, LuaEncodable {
    /// "nil, boolean, number, string, tensor or table of such".
    public static var luaTypeName: String { "nil, boolean, number, string, tensor or table of such" }

    /// True.
    public static var acceptsNil: Bool { true }

    /// Reads a value, or a table whose keys are names or whole numbers; the error of any other value says where it is.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> StoredValue {
        try StoredValue(try LuaValue.decode(stack, at: index))
    }

    /// Converts a value of Lua; the error of one that files cannot keep says where in a table it is.
    init(_ value: LuaValue) throws(LuaMismatch) { try self.init(value, place: "", depth: 0) }

    private init(_ value: LuaValue, place: String, depth: Int) throws(LuaMismatch) {
        switch value {
        case .none: self = .nothing
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .text(value)
        case .table(let table):
            guard depth < Self.deepest else {
                throw LuaMismatch(
                    "tables more than \(Self.deepest) deep, or one that contains itself, at '\(place.prefix(40))'")
            }
            try self.init(table, place: place, depth: depth)
        case .function: throw Self.unexpected("function", place)
        case .other(let reference):
            guard let tensor = try? reference.value(as: Tensor.self) else {
                throw Self.unexpected(value.typeName, place)
            }
            self = .tensor(tensor)
        }
    }

    private static func unexpected(_ found: String, _ place: String) -> LuaMismatch {
        LuaMismatch("\(luaTypeName) expected, got \(found)" + (place.isEmpty ? "" : " at '\(place)'"))
    }

    private init(_ table: LuaTable, place: String, depth: Int) throws(LuaMismatch) {
        var fields: [Key: StoredValue] = [:]
        for (name, value) in try LuaMismatch.wrapping({ try table.pairs() }) {
            let key: Key
            switch name {
            case .integer(let number): key = .integer(number)
            case .string(let text): key = .text(text)
            default: throw LuaMismatch("names or whole numbers expected as keys of the table '\(place)'")
            }
            fields[key] = try StoredValue(value, place: key.appended(to: place), depth: depth + 1)
        }
        let elements = (0..<fields.count).compactMap { fields[.integer($0 + 1)] }
        self = !elements.isEmpty && elements.count == fields.count ? .list(elements) : .table(fields)
    }

    /// Pushes the value; tables are new ones.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .nothing: try LuaValue.none.push(on: stack)
        case .boolean(let value): value.push(on: stack)
        case .integer(let value): value.push(on: stack)
        case .number(let value): value.push(on: stack)
        case .text(let value): try value.push(on: stack)
        case .tensor(let value): try value.push(on: stack)
        case .list(let values): try values.push(on: stack)
        case .table(let fields):
            try stack.pushTable(hash: fields.count)
            for (key, value) in fields {
                switch key {
                case .integer(let number): try stack.setElement(number, value)
                case .text(let name): try stack.setField(name, value)
                }
            }
        }
    }
}

extension StoredValue.Key: LuaEncodable {
    /// Pushes the number or the name.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .integer(let number): number.push(on: stack)
        case .text(let name): try name.push(on: stack)
        }
    }
}

extension LuaValue {
    /// The name of the value's type, in the words of Lua's messages.
    var typeName: String {
        switch self {
        case .none: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .table: "table"
        case .function: "function"
        case .other(let reference): (try? reference.value(as: TypeName.self).text) ?? "userdata"
        }
    }
}

/// The name of the type of any value.
private struct TypeName: LuaDecodable {
    let text: String

    static var luaTypeName: String { "value" }

    static func decode(_ stack: LuaStack, at index: Int32) -> TypeName { TypeName(text: stack.typeName(at: index)) }
}
