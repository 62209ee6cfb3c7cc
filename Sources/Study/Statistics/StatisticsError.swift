/// What can go wrong with statistics.
public enum StatisticsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A parameter has a value that is not possible.
    case parameter(String, value: String, expected: String)
    /// The user asked to stop.
    case interrupted

    /// One sentence that names the parameter, its value, and what was expected.
    public var description: String {
        switch self {
        case .parameter(let name, let value, let expected): "'\(name)' is \(value): expected \(expected)"
        case .interrupted: "interrupted"
        }
    }
}
