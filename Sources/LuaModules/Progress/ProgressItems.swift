import LuaBridge

/// What a loop goes through: the numbers 1 ... n, the elements of a list, or the subjects of a data set.
enum ProgressItems: LuaDecodable {
    case numbers(Int)
    case list(LuaTable)
    case dataset(DatasetObject)

    /// "integer, list or Dataset".
    static var luaTypeName: String { "integer, list or Dataset" }

    /// A number of 0 or more, a table, or a data set.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ProgressItems {
        if let dataset = try? DatasetObject.decode(stack, at: index) { return .dataset(dataset) }
        if let table = try? LuaTable.decode(stack, at: index) { return .list(table) }
        guard stack.typeName(at: index) == "number" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let count = try Int.decode(stack, at: index)
        guard count >= 0 else { throw LuaMismatch("0 or more expected, got \(count)") }
        return .numbers(count)
    }

    /// How many there are.
    var count: Int {
        get throws {
            switch self {
            case .numbers(let count): count
            case .list(let table): try table.count()
            case .dataset(let object): object.dataset.subjects.count
            }
        }
    }

    /// Item `position`, from 1.
    func item(_ position: Int) throws -> any LuaEncodable {
        switch self {
        case .numbers: position
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
