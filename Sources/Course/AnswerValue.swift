import Support

/// A value that can be the answer of an exercise.
public enum AnswerValue: Equatable, Sendable {
    /// True or false.
    case boolean(Bool)
    /// A text.
    case text(String)
    /// A number.
    case number(Double)
    /// The elements of a tensor, row by row; of single precision.
    case tensor(shape: [Int], elements: [Double])
    /// The numbers of a list, or of lists in it, as a tensor would have them.
    case list(shape: [Int], elements: [Double])

    /// "number", "tensor", ...: what messages call its type.
    var typeName: String {
        switch self {
        case .boolean: "boolean"
        case .text: "string"
        case .number: "number"
        case .tensor: "tensor"
        case .list: "list of numbers"
        }
    }

    /// Its shape; of a number, of no dimensions. Nil of what is neither number, tensor nor list.
    var shape: [Int]? {
        switch self {
        case .boolean, .text: nil
        case .number: []
        case .tensor(let shape, _), .list(let shape, _): shape
        }
    }

    /// Its numbers; none of what has no shape.
    var elements: [Double] {
        switch self {
        case .boolean, .text: []
        case .number(let value): [value]
        case .tensor(_, let elements), .list(_, let elements): elements
        }
    }

    /// As JSON: one member, named by the type.
    var json: JSON {
        switch self {
        case .boolean(let value): .record(["boolean": .bool(value)])
        case .text(let text): .record(["text": .string(text)])
        case .number(let value): .record(["number": .number(value)])
        case .tensor(let shape, let elements): .record(["tensor": Self.json(shape, elements)])
        case .list(let shape, let elements): .record(["list": Self.json(shape, elements)])
        }
    }

    /// Reads what `json` gives; nil of anything else.
    init?(_ json: JSON) {
        guard let member = json.members?.first else { return nil }
        switch (member.name, member.value) {
        case ("boolean", .bool(let value)): self = .boolean(value)
        case ("text", .string(let text)): self = .text(text)
        case ("number", .number(let value)): self = .number(value)
        case ("tensor", let value):
            guard let (shape, elements) = Self.parts(value) else { return nil }
            self = .tensor(shape: shape, elements: elements)
        case ("list", let value):
            guard let (shape, elements) = Self.parts(value) else { return nil }
            self = .list(shape: shape, elements: elements)
        default: return nil
        }
    }

    private static func json(_ shape: [Int], _ elements: [Double]) -> JSON {
        // They were of single precision: the shortest digits that tell them apart as such.
        .array([.array(shape.map { .number(Double($0)) }), .array(elements.map { .digits("\(Float($0))") })])
    }

    private static func parts(_ json: JSON) -> (shape: [Int], elements: [Double])? {
        guard let parts = json.elements, parts.count == 2, let sizes = parts[0].elements,
            let numbers = parts[1].elements
        else { return nil }
        let (shape, elements) = (sizes.compactMap(\.integer), numbers.compactMap(\.number))
        guard shape.count == sizes.count, elements.count == numbers.count else { return nil }
        return (shape, elements.map { Double(Float($0)) })
    }
}

/// What a reader gives as an answer.
public enum GivenValue: Equatable, Sendable {
    /// Nothing yet.
    case none
    /// A value that an answer can be.
    case value(AnswerValue)
    /// Anything else, by the name of its type.
    case other(String)
    /// Nothing, as the reader's function stopped with this message.
    case failure(String)

    /// What messages call its type.
    public var typeName: String {
        switch self {
        case .none, .failure: "nil"
        case .value(let value): value.typeName
        case .other(let name): name
        }
    }
}
