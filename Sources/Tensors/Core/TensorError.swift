import Support

/// What can go wrong in a tensor operation; `description` is the one place where it becomes text.
public indirect enum TensorError: Error, Equatable, Sendable {
    /// A parameter's shape does not fit.
    case shape(operation: String, parameter: String, shape: [Int], expected: String)
    /// A parameter's value is not allowed.
    case argument(operation: String, parameter: String, value: String, expected: String)
    /// An index or dimension is out of its range; both count from 1, as in Lua.
    case index(operation: String, parameter: String, value: Int, size: Int)
    /// More memory was asked for than there is.
    case outOfMemory(bytes: Int, available: Int)
    /// A gradient was asked for that cannot be had.
    case gradient(reason: String)
    /// The user stopped the operation.
    case interrupted
    /// An error inside a part of a network, with the part's path.
    case inside(path: String, TensorError)
    /// An error of a caller's own code, such as a script's function that an operation called.
    case foreign(ForeignError)
}

/// An error of another type that passes through operations which throw `TensorError`.
public struct ForeignError: Equatable, Sendable, CustomStringConvertible {
    /// The error.
    public let error: any Error

    /// Wraps an error.
    public init(_ error: any Error) { self.error = error }

    /// Whether both read the same.
    public static func == (a: ForeignError, b: ForeignError) -> Bool { a.description == b.description }

    /// The error's own text.
    public var description: String { String(describing: error) }
}

extension TensorError: CustomStringConvertible {
    /// One sentence that names the parameter, its value and what was expected.
    public var description: String {
        switch self {
        case .shape(let operation, let parameter, let shape, let expected):
            "\(operation): \(parameter) has shape \(shape.shapeText) (expected \(expected))"
        case .argument(let operation, let parameter, let value, let expected):
            "\(operation): \(parameter) is \(value) (expected \(expected))"
        case .index(let operation, let parameter, let value, let size):
            size == 0
                ? "\(operation): \(parameter) is \(value), but there is nothing to choose from"
                : "\(operation): \(parameter) is \(value) (expected 1 to \(size), or -\(size) to -1)"
        case .outOfMemory(let bytes, let available):
            MemoryError.reason(bytes: bytes, available: available)
        case .gradient(let reason): reason
        case .interrupted: "interrupted"
        case .inside(let path, let error): "\(error.description) in \(path)"
        case .foreign(let error): error.description
        }
    }
}

extension [Int] {
    /// "2x3x4", and "scalar" without dimensions.
    public var shapeText: String { isEmpty ? "scalar" : map(String.init).joined(separator: "x") }
}

extension Tensor {
    /// Throws where an element of this tensor is NaN or infinite; the error names the tensor as `parameter`.
    public func requireFinite(_ operation: String, _ parameter: String) throws(TensorError) {
        let statistics = finiteStatistics
        let wrong = statistics.nanCount + statistics.infinityCount
        guard wrong > 0 else { return }
        throw .argument(
            operation: operation, parameter: parameter, value: "NaN or infinite in \(wrong) of \(count) elements",
            expected: "finite numbers")
    }
}

/// Throws an error that names `parameter` of `operation` and its value, unless `holds` is true.
///
///     try require(share > 0 && share < 1, "split", "held_out", share, expected: "between 0 and 1")
///
/// - Parameters:
///   - holds: Whether the value is allowed.
///   - operation: The operation, by the name that scripts know.
///   - parameter: The name of the parameter.
///   - value: Its value, or what is to be said of it.
///   - expected: What is allowed.
package func require(
    _ holds: Bool, _ operation: String, _ parameter: String, _ value: @autoclosure () -> any CustomStringConvertible,
    expected: @autoclosure () -> String
) throws(TensorError) {
    guard holds else {
        throw .argument(
            operation: operation, parameter: parameter, value: value().description, expected: expected())
    }
}

/// `value`, or an error where it is not 1 or more.
@discardableResult
package func positive(_ value: Int, _ operation: String, _ parameter: String) throws(TensorError) -> Int {
    try require(value >= 1, operation, parameter, value, expected: "1 or more")
    return value
}
