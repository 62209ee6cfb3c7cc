import Sessions
import Tensors

/// How tensors look.
extension Tensor: DisplayedObject {
    /// Up to so many elements, a tensor is shown as text alone.
    private static let fewElements = 100
    /// Pictures of more elements would take seconds.
    private static let mostElements = 1 << 24

    /// The shape and the range of the numbers.
    public var displayLine: String? { summary }

    /// The figure of `show`, titled with the shape and the range of the numbers; nil for few or very many elements, and
    /// for shapes without a figure.
    public var richForm: RichForm? {
        guard Self.fewElements + 1...Self.mostElements ~= count else { return nil }
        let title = String(summary.prefix { $0 != ":" }.replacing("tensor ", with: "").replacing(" float32", with: ""))
        let figure = try? ShowMethod.figure(of: detached(), title: title)
        return figure.map { .figure($0) }
    }

    /// The shape.
    public var displaySize: DisplaySize? { DisplaySize(shape: shape) }
}

extension DisplaySize {
    /// The shape, and the bytes of its elements in single precision.
    init(shape: [Int]) {
        self.init(shape.map(String.init).joined(separator: " x "), bytes: shape.reduce(1, *) * 4)
    }
}
