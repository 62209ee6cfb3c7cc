import Support
import Tensors

/// A function of a tensor that says how a coupling maps the others, such as a network.
public struct Conditioner {
    /// What it is called when it is printed.
    public let name: String
    /// What of it can be trained.
    public let parameters: [(name: String, tensor: Tensor)]
    /// What the function was made of, such as a layer: files keep that.
    public let source: Any?
    private let function: (Tensor) throws(TensorError) -> Tensor

    /// A function, with the parameters that it uses, and what it was made of.
    public init(
        _ name: String, parameters: [(name: String, tensor: Tensor)] = [], source: Any? = nil,
        function: @escaping (Tensor) throws(TensorError) -> Tensor
    ) {
        (self.name, self.parameters, self.source, self.function) = (name, parameters, source, function)
    }

    /// The function of `input`, ... x n; an error where it is not ... x `outputs`.
    func callAsFunction(_ input: Tensor, outputs: Int) throws(TensorError) -> Tensor {
        let result = try function(input)
        let expected = input.shape.dropLast() + [outputs]
        guard result.shape == Array(expected) else {
            throw .shape(
                operation: "Coupling", parameter: "result of the network", shape: result.shape,
                expected: "\(Array(expected).shapeText), for its input of \(input.shape.shapeText)")
        }
        return result
    }
}

/// A map of vectors that leaves the first elements as they are, and maps each of the others as a function of the first
/// says (Dinh et al., "Density estimation using real NVP", ICLR 2017).
public struct Coupling: Bijector {
    /// How the elements after the first are mapped.
    public enum Form: Sendable {
        /// A line: e^s x + m, with s held within -limit and limit by limit tanh(s / limit).
        case affine(limit: Float)
        /// A rational quadratic spline of some pieces within -bound and bound.
        case spline(pieces: Int, bound: Float)

        /// How many numbers tell the map of one element.
        var numbers: Int {
            switch self {
            case .affine: 2
            case .spline(let pieces, _): 3 * pieces - 1
            }
        }

        /// The result of a network for which `count` elements stay as they are.
        public func identity(count: Int) -> [Float] {
            switch self {
            case .affine: [Float](repeating: 0, count: 2 * count)
            case .spline(let pieces, _):
                (0..<count).flatMap { _ in
                    [Float](repeating: 0, count: 2 * pieces)
                        + [Float](repeating: RationalQuadraticSpline.straightSlope, count: pieces - 1)
                }
            }
        }
    }

    /// "Coupling" or "SplineCoupling".
    public var kind: String { if case .affine = form { "Coupling" } else { "SplineCoupling" } }
    /// How many of the first elements stay as they are.
    public let split: Int
    /// What says how the others are mapped.
    public let network: Conditioner
    /// Lines or splines.
    public let form: Form

    /// A coupling of vectors, the last dimension, whose first `split` elements stay as they are.
    ///
    /// - Parameters:
    ///   - split: 1 or more, and less than the size of the vectors.
    ///   - network: Makes of ... x split, for the n other elements, ... x (2 n) numbers, the m and then the s, for
    ///     lines; for splines of K pieces ... x (n (3 K - 1)) numbers: of each element the widths, the heights, then
    ///     the slopes.
    ///   - form: Lines or splines.
    public init(split: Int, network: Conditioner, form: Form) throws(TensorError) {
        try positive(split, "Coupling", "split")
        switch form {
        case .affine(let limit): try require(limit > 0, "Coupling", "limit", limit, expected: "a number above 0")
        case .spline(let pieces, _):
            try require(2...500 ~= pieces, "SplineCoupling", "bins", pieces, expected: "2 to 500")
        }
        (self.split, self.network, self.form) = (split, network, form)
    }

    /// 1.
    public var eventRank: Int { 1 }

    /// Those of the network.
    public var parameters: [(name: String, tensor: Tensor)] { network.parameters }

    /// "Coupling(split = 2, Linear(2, 4))".
    public var description: String { "\(kind)(split = \(split), \(network.name))" }

    /// The first elements, and the others as the network's result for the first says.
    public func map(_ x: Tensor) throws(TensorError) -> Image {
        try coupled(x) { bijector, part throws(TensorError) in try bijector.map(part) }
    }

    /// The first elements, and what became the others.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image {
        try coupled(y) { bijector, part throws(TensorError) in try bijector.unmap(part) }
    }

    private func coupled(
        _ tensor: Tensor, _ step: (any Bijector, Tensor) throws(TensorError) -> Image
    ) throws(TensorError) -> Image {
        guard let size = tensor.shape.last, size > split else {
            throw .shape(
                operation: kind, parameter: "input", shape: tensor.shape,
                expected: "more than \(split) in the last dimension")
        }
        let first = try tensor.slice(-1, 1, split)
        let others = size - split
        let numbers = try network(first, outputs: others * form.numbers)
        let image = try step(bijector(numbers, count: others), tensor.slice(-1, split + 1, size))
        return (
            try .concatenate([first, image.value], dim: -1), try image.logDeterminant.sum([-1])
        )
    }

    /// The map of `count` elements that the network's numbers tell.
    private func bijector(_ numbers: Tensor, count: Int) throws(TensorError) -> any Bijector {
        switch form {
        case .affine(let limit):
            let logScale = try numbers.slice(-1, count + 1, 2 * count).scaled(by: 1 / limit).tanh().scaled(by: limit)
            return try AffineTransform(loc: numbers.slice(-1, 1, count), scale: logScale.exp())
        case .spline(let pieces, let bound):
            let rows = try numbers.reshaped(numbers.shape.dropLast() + [count, 3 * pieces - 1])
            return try SplineTransform(
                widths: rows.slice(-1, 1, pieces), heights: rows.slice(-1, pieces + 1, 2 * pieces),
                slopes: rows.slice(-1, 2 * pieces + 1, 3 * pieces - 1), bound: bound)
        }
    }
}

/// A rational quadratic spline of each element.
public struct SplineTransform: Bijector {
    /// "Spline".
    public var kind: String { "Spline" }
    /// The numbers that the spline is made of: `widths`, `heights` and `slopes`.
    public let parameters: [(name: String, tensor: Tensor)]
    /// Beyond -bound and bound nothing changes.
    public let bound: Float
    private let spline: RationalQuadraticSpline

    /// A spline within -bound and bound, of the numbers that `RationalQuadraticSpline` takes.
    public init(widths: Tensor, heights: Tensor, slopes: Tensor, bound: Float) throws(TensorError) {
        parameters = [("widths", widths), ("heights", heights), ("slopes", slopes)]
        self.bound = bound
        for (name, tensor) in parameters { try CheckedParameter(name, tensor).check("Spline") }
        spline = try RationalQuadraticSpline(widths: widths, heights: heights, slopes: slopes, bound: bound)
    }

    /// The spline of each element.
    public func map(_ x: Tensor) throws(TensorError) -> Image { try spline.map(x) }

    /// What the spline makes `y` of.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image { try spline.unmap(y) }
}
