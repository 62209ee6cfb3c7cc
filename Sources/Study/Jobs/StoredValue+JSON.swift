import Support
import Tensors

// In JSON, a list is an array, and a table whose keys are names an object. What JSON has no form for is an object of
// one member, whose name begins with "$": {"$integer": "9007199254740993"}, {"$number": "2.0"} (and "nan", "-0.0"),
// {"$tensor": NAME}, {"$table": [[KEY, VALUE], ...]} for a table with other keys.

/// The form of a value in a file: JSON, and the tensors beside it.
extension StoredValue {
    private static let largestInJSON = 1 << 53

    /// The value as JSON, and its tensors; a tensor's name is its place in the JSON as a JSON pointer (RFC 6901).
    ///
    /// Members are in the order of their names, so that equal values give the same text.
    public func encoded() -> (json: JSON, tensors: [(name: String, tensor: Tensor)]) {
        var tensors: [(name: String, tensor: Tensor)] = []
        let json = json(at: "", &tensors)
        return (json, tensors)
    }

    /// The value that `encoded()` made this JSON and these tensors from.
    public init(_ json: JSON, tensors: [String: Tensor]) throws(StoredFormError) {
        switch json {
        case .null: self = .nothing
        case .bool(let value): self = .boolean(value)
        case .string(let text): self = .text(text)
        case .number, .digits: self = json.integer.map(StoredValue.integer) ?? .number(json.number ?? .nan)
        case .array(let elements):
            var values: [StoredValue] = []
            for element in elements { values.append(try StoredValue(element, tensors: tensors)) }
            self = .list(values)
        case .object(let members):
            if members.count == 1, let member = members.first, member.name.hasPrefix("$") {
                self = try Self.special(member, tensors)
                return
            }
            var fields: [Key: StoredValue] = [:]
            for member in members { fields[.text(member.name)] = try StoredValue(member.value, tensors: tensors) }
            self = .table(fields)
        }
    }

    private func json(at place: String, _ tensors: inout [(name: String, tensor: Tensor)]) -> JSON {
        switch self {
        case .nothing: return .null
        case .boolean(let value): return .bool(value)
        case .integer(let value):
            return value.magnitude <= Self.largestInJSON
                ? .number(Double(value)) : .object([JSON.Member("$integer", .string("\(value)"))])
        case .number(let value):
            return value.isFinite && value != value.rounded()
                ? .number(value) : .object([JSON.Member("$number", .string("\(value)"))])
        case .text(let text): return .string(text)
        case .tensor(let tensor):
            tensors.append((place, tensor))
            return .object([JSON.Member("$tensor", .string(place))])
        case .list(let values):
            return .array(values.enumerated().map { $0.element.json(at: "\(place)/\($0.offset)", &tensors) })
        case .table(let fields):
            let sorted = fields.sorted { $0.key < $1.key }
            let names = sorted.compactMap { field in if case .text(let name) = field.key { name } else { nil } }
            if names.count == sorted.count, names.count != 1 || names.first?.hasPrefix("$") == false {
                return .object(
                    zip(names, sorted).map { name, field in
                        JSON.Member(name, field.value.json(at: "\(place)/\(name.pointerToken)", &tensors))
                    })
            }
            let pairs = sorted.enumerated().map { index, field in
                JSON.array([field.key.json, field.value.json(at: "\(place)/$table/\(index)/1", &tensors)])
            }
            return .object([JSON.Member("$table", .array(pairs))])
        }
    }

    private static func special(_ member: JSON.Member, _ tensors: [String: Tensor]) throws(StoredFormError)
        -> StoredValue
    {
        switch member.name {
        case "$integer":
            if let value = member.value.text.flatMap({ Int($0) }) { return .integer(value) }
        case "$number":
            if let value = member.value.text.flatMap({ Double($0) }) { return .number(value) }
        case "$tensor":
            if let tensor = member.value.text.flatMap({ tensors[$0] }) { return .tensor(tensor) }
        case "$table":
            var fields: [Key: StoredValue] = [:]
            for pair in member.value.elements ?? [] {
                guard let pair = pair.elements, pair.count == 2 else { throw StoredFormError(text: "\(member.value)") }
                fields[try Key(pair[0])] = try StoredValue(pair[1], tensors: tensors)
            }
            return .table(fields)
        default: break
        }
        throw StoredFormError(text: "\(JSON.object([member]))")
    }
}

/// JSON that is not the form of any value.
public struct StoredFormError: Error, CustomStringConvertible {
    fileprivate let text: String

    /// "TEXT is no value".
    public var description: String { "\(text.prefix(60)) is no value" }
}

extension StoredValue.Key {
    fileprivate var json: JSON {
        switch self {
        case .integer(let value): StoredValue.integer(value).encoded().json
        case .text(let text): .string(text)
        }
    }

    fileprivate init(_ json: JSON) throws(StoredFormError) {
        switch try StoredValue(json, tensors: [:]) {
        case .integer(let value): self = .integer(value)
        case .text(let text): self = .text(text)
        default: throw StoredFormError(text: "\(json)")
        }
    }
}

extension String {
    /// The text as one step of a JSON pointer (RFC 6901).
    fileprivate var pointerToken: String { replacing("~", with: "~0").replacing("/", with: "~1") }
}
