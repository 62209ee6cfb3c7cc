import LuaBridge

/// What a loop goes through: the numbers 1 ... n, the elements of a list, the subjects of a data set, or what an
/// iterator gives.
enum ProgressItems: LuaDecodable {
    case numbers(Int)
    case list(LuaTable)
    case dataset(DatasetObject)
    case iterator(LuaCallback)

    /// "integer, list, Dataset or function".
    static var luaTypeName: String { "integer, list, Dataset or function" }

    /// A number of 0 or more, a table, a data set, or a function.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ProgressItems {
        if let dataset = try? DatasetObject.decode(stack, at: index) { return .dataset(dataset) }
        if let table = try? LuaTable.decode(stack, at: index) { return .list(table) }
        if let function = try? LuaCallback.decode(stack, at: index) { return .iterator(function) }
        guard stack.typeName(at: index) == "number" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let count = try Int.decode(stack, at: index)
        guard count >= 0 else { throw LuaMismatch("0 or more expected, got \(count)") }
        return .numbers(count)
    }

    /// How many there are; 0 where that is not known.
    var count: Int {
        get throws {
            switch self {
            case .numbers(let count): count
            case .list(let table): try table.count()
            case .dataset(let object): object.dataset.subjects.count
            case .iterator: 0
            }
        }
    }

    /// Item `position`, from 1, asked for in order; nil after the last.
    func item(_ position: Int) throws -> (any LuaEncodable)? {
        if case .iterator(let next) = self {
            let value = try next(returning: LuaValue.self)
            if case .none = value { return nil }
            return value
        }
        guard position <= (try count) else { return nil }
        return switch self {
        case .numbers, .iterator: position
        case .list(let table): try table.get(position, as: LuaValue.self)
        case .dataset(let object): object.subject(position)
        }
    }
}

/// An item of any type.
struct ProgressItem: LuaEncodable {
    let value: any LuaEncodable

    /// Pushes the item.
    func push(on stack: LuaStack) throws(LuaError) { try value.push(on: stack) }
}
