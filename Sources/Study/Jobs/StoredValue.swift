import Tensors

/// A value of a script that files keep exactly: a scalar, a tensor, or a table of such.
public indirect enum StoredValue {
    /// nil
    case nothing
    /// true or false
    case boolean(Bool)
    /// An integer of 64 bits.
    case integer(Int)
    /// A float of 64 bits; infinities and NaN are kept, too.
    case number(Double)
    /// Text.
    case text(String)
    /// A tensor; its elements are kept, without a gradient.
    case tensor(Tensor)
    /// The elements 1, 2, ... of a table that has no others.
    case list([StoredValue])
    /// Any other table.
    case table([Key: StoredValue])

    /// The key of a table's field.
    public enum Key: Hashable, Comparable, Sendable {
        /// A whole number.
        case integer(Int)
        /// A name.
        case text(String)
    }

    /// The greatest depth of tables within tables; deeper ones are taken for tables that contain themselves.
    public static let deepest = 24

    /// A table whose keys are all names.
    public static func fields(_ fields: [String: StoredValue]) -> StoredValue {
        .table(Dictionary(fields.map { (.text($0.key), $0.value) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The field `name`, where this is a table that has one.
    public subscript(name: String) -> StoredValue? {
        guard case .table(let fields) = self else { return nil }
        return fields[.text(name)]
    }

    /// The elements, where this is a list; none of an empty table, which scripts cannot tell from an empty list;
    /// otherwise nil.
    public var elements: [StoredValue]? {
        switch self {
        case .list(let elements): elements
        case .table(let fields) where fields.isEmpty: []
        default: nil
        }
    }

    /// The number, where this is an integer.
    public var integer: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}

extension StoredValue {
    /// An error that names the first tensor in this value, called `place`, if there is one.
    func requireNoTensors(_ place: String) throws(StudyError) {
        guard let tensor = encoded().tensors.first else { return }
        throw .value(
            place: place + tensor.name, found: "a tensor", expected: "a boolean, number, string or table of such")
    }
}
