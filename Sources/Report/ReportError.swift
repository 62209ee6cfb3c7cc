import Figures
import Support
import Tensors

/// What can go wrong with a page.
public enum ReportError: ParameterError, Equatable, Sendable, CustomStringConvertible {
    /// A parameter has a value that a page cannot show.
    case parameter(String, value: String, expected: String)
    /// A figure could not be drawn, or an interrupt was requested.
    case figure(FigureError)
    /// The voxels of a volume could not be read or packed, there is no memory for them, or an interrupt was requested.
    case tensor(TensorError)
    /// The page could not be written.
    case file(FileError)

    /// One sentence that names the file or the parameter, and what was expected.
    public var description: String {
        switch self {
        case .parameter(let name, let value, let expected): "\(name): \(expected) expected, got \(value)"
        case .figure(let error): error.description
        case .tensor(let error): error.description
        case .file(let error): error.description
        }
    }
}
