import Figures
import Support

/// What can go wrong with a page.
public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A parameter has a value that a page cannot show.
    case value(parameter: String, found: String, expected: String)
    /// A figure could not be drawn, or an interrupt was requested.
    case figure(FigureError)
    /// The page could not be written.
    case file(FileError)

    /// One sentence that names the file or the parameter, and what was expected.
    public var description: String {
        switch self {
        case .value(let parameter, let found, let expected): "\(parameter): \(expected) expected, got \(found)"
        case .figure(let error): error.description
        case .file(let error): error.description
        }
    }
}

/// Throws the error of a parameter unless `condition` holds.
func require(
    _ condition: Bool, _ parameter: String, _ found: @autoclosure () -> Any, _ expected: @autoclosure () -> String
) throws(ReportError) {
    guard condition else { throw .value(parameter: parameter, found: "\(found())", expected: expected()) }
}
