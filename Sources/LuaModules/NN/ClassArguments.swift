import LuaBridge
import Study
import Support

/// The arguments of a class's call as files keep them.
enum ClassArguments {
    /// The arguments as JSON; nil where one is not a number, a string, a boolean, nil, or a table of these.
    static func json(_ arguments: [LuaValue]) -> JSON? {
        var elements: [JSON] = []
        for argument in arguments {
            guard let value = try? StoredValue(argument), let json = json(value) else { return nil }
            elements.append(json)
        }
        return .array(elements)
    }

    /// The arguments that `json` describes.
    static func values(_ json: JSON) throws(LuaError) -> [any LuaEncodable] {
        guard let elements = json.elements else { throw malformed(json) }
        return try elements.map { element throws(LuaError) in try value(element) }
    }

    /// The arguments as a script writes them, without parentheses; "..." where there are too many, or none are kept.
    static func text(_ json: JSON?) -> String {
        guard let elements = json?.elements else { return "..." }
        let text = elements.map(text(of:)).joined(separator: ", ")
        return text.count <= 60 ? text : "..."
    }

    // Lua tells integers from floats, and JSON does not: a float that is whole is {"float": 3}. A table that is no list
    // is {"table": {}}.
    private static func json(_ value: StoredValue) -> JSON? {
        switch value {
        case .nothing: return .null
        case .boolean(let value): return .bool(value)
        case .integer(let value): return value.magnitude <= 1 << 53 ? .number(Double(value)) : nil
        case .number(let value):
            guard value.isFinite else { return nil }
            return value == value.rounded() ? .object([JSON.Member("float", .number(value))]) : .number(value)
        case .text(let value): return value.carriesBytes ? nil : .string(value)
        case .tensor: return nil
        case .list(let values):
            let elements = values.compactMap(json)
            return elements.count == values.count ? .array(elements) : nil
        case .table(let fields):
            var members: [JSON.Member] = []
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                guard case .text(let name) = key, !name.carriesBytes, let json = json(value) else { return nil }
                members.append(JSON.Member(name, json))
            }
            return .object([JSON.Member("table", .object(members))])
        }
    }

    private static func value(_ json: JSON) throws(LuaError) -> StoredValue {
        switch json {
        case .null: return .nothing
        case .bool(let value): return .boolean(value)
        case .string(let value): return .text(value)
        case .array(let elements): return .list(try elements.map { element throws(LuaError) in try value(element) })
        case .number, .digits:
            if let integer = json.integer { return .integer(integer) }
            guard let number = json.number else { throw malformed(json) }
            return .number(number)
        case .object:
            if let number = json["float"]?.number { return .number(number) }
            guard let members = json["table"]?.members else { throw malformed(json) }
            var fields: [StoredValue.Key: StoredValue] = [:]
            for member in members { fields[.text(member.name)] = try value(member.value) }
            return .table(fields)
        }
    }

    private static func malformed(_ json: JSON) -> LuaError {
        LuaError(message: "the arguments of a class are malformed: \("\(json)".prefix(60))")
    }

    private static func text(of json: JSON) -> String {
        switch json {
        case .null: return "nil"
        case .array(let elements): return "{" + elements.map(text(of:)).joined(separator: ", ") + "}"
        case .object:
            if let number = json["float"]?.number { return "\(number)" }
            let members = json["table"]?.members ?? []
            return "{" + members.map { "\($0.name) = \(text(of: $0.value))" }.joined(separator: ", ") + "}"
        default: return "\(json)"
        }
    }
}
