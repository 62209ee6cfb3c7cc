import Tensors

/// Throws an error that names `parameter` of `operation` and its value where something does not hold of it.
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

/// An error where `value` is negative or not a finite number in single precision.
func atLeastZero(_ value: Double, _ operation: String, _ parameter: String) throws(TensorError) {
    try require(value >= 0 && Float(value).isFinite, operation, parameter, value, expected: "0 or more")
}

/// `values`, one for each of 2 or 3 directions: those given, or the one given for all.
func directions(
    _ values: [Int], _ dimensions: Int, _ operation: String, _ parameter: String, atLeast minimum: Int
) throws(TensorError) -> [Int] {
    try require(
        (values.count == 1 || values.count == dimensions) && values.allSatisfy { $0 >= minimum }, operation, parameter,
        values.optionText, expected: "one number or \(dimensions), each \(minimum) or more")
    return values.count == dimensions ? values : [Int](repeating: values[0], count: dimensions)
}
