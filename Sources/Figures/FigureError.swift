import Support
import Tensors

/// What can go wrong with a figure.
public enum FigureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file's name ends neither in .png nor in .svg.
    case ending(path: String)
    /// The file could not be written.
    case system(path: String, reason: String)
    /// The drawing library failed, in its words.
    case drawing(reason: String)
    /// A parameter has a value that is not possible.
    case parameter(String, value: String, expected: String)
    /// An interrupt was requested.
    case interrupted

    /// One sentence that names the file or the parameter, and what was expected.
    public var description: String {
        switch self {
        case .ending(let path): "\(path.shown): the name must end in .png or .svg"
        case .system(let path, let reason): "\(path.shown): \(reason)"
        case .drawing(let reason): "the figure could not be drawn: \(reason)"
        case .parameter(let name, let value, let expected): "'\(name)' is \(value): expected \(expected)"
        case .interrupted: "interrupted"
        }
    }
}

extension Tensor {
    /// The elements, to be drawn; an error where there is no memory for them.
    func pixels() throws(FigureError) -> [Float] {
        do throws(TensorError) {
            return try numbers()
        } catch {
            throw .parameter("tensor", value: shape.shapeText, expected: "one that can be drawn: \(error)")
        }
    }
}
