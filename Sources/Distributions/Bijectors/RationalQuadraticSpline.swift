import Foundation
import Support
import Tensors

/// A monotonic map of numbers made of rational quadratic pieces between knots (Durkan et al., "Neural spline flows",
/// NeurIPS 2019); outside of its bounds it is the identity, with which it agrees there in value and derivative.
public struct RationalQuadraticSpline {
    /// The smallest share of a piece, and the smallest derivative at a knot.
    private static let least: Float = 1e-3

    /// The entry of `slopes` whose derivative is 1, that of the identity: log(e^(1 - least) - 1).
    static let straightSlope = log(expm1(1 - least))

    /// The pieces of one direction: their sizes, and the places of their ends.
    private struct Pieces {
        let sizes: Tensor
        let starts: Tensor
        let ends: Tensor

        /// Pieces of -bound ... bound, whose shares are the softmax of `logits` along the last dimension.
        init(_ logits: Tensor, bound: Float) throws(TensorError) {
            let count = logits.shape.last ?? 0
            let shares = try logits.softmax(-1).scaled(by: 1 - least * Float(count)).offset(by: least)
            let inner = try shares.cumsum(-1).scaled(by: 2 * bound).offset(by: -bound).slice(-1, 1, count - 1)
            let edge = try Tensor.full(Array(logits.shape.dropLast()) + [1], bound)
            starts = try .concatenate([edge.negated(), inner], dim: -1)
            ends = try .concatenate([inner, edge], dim: -1)
            sizes = try ends - starts
        }
    }

    private let bound: Float
    private let horizontal: Pieces
    private let vertical: Pieces
    /// The derivatives at the start and the end of each piece.
    private let slopes: (start: Tensor, end: Tensor)

    /// Splines of the pieces whose widths and heights are the softmax of `widths` and `heights` along the last
    /// dimension, and whose derivatives between them are the softplus of `slopes`, one fewer.
    ///
    /// - Parameters:
    ///   - widths: Any dimensions, which broadcast with the numbers that are mapped, then the pieces, 2 to 500.
    ///   - heights: The same shape.
    ///   - slopes: The same shape, but for one fewer in the last dimension.
    ///   - bound: The spline lies within -bound and bound.
    public init(widths: Tensor, heights: Tensor, slopes: Tensor, bound: Float) throws(TensorError) {
        let count = widths.shape.last ?? 0
        guard 2...500 ~= count else {
            throw .shape(
                operation: "Spline", parameter: "widths", shape: widths.shape,
                expected: "2 to 500 pieces in the last dimension")
        }
        guard heights.shape == widths.shape else {
            throw .shape(
                operation: "Spline", parameter: "heights", shape: heights.shape, expected: widths.shape.shapeText)
        }
        let inner = widths.shape.dropLast() + [count - 1]
        guard slopes.shape == Array(inner) else {
            throw .shape(
                operation: "Spline", parameter: "slopes", shape: slopes.shape, expected: Array(inner).shapeText)
        }
        try require(bound > 0 && bound.isFinite, "Spline", "bound", bound, expected: "a number above 0")
        self.bound = bound
        horizontal = try Pieces(widths, bound: bound)
        vertical = try Pieces(heights, bound: bound)
        let edge = try Tensor.ones(Array(widths.shape.dropLast()) + [1])
        let given = try slopes.softplus().offset(by: Self.least)
        self.slopes = (
            start: try .concatenate([edge, given], dim: -1), end: try .concatenate([given, edge], dim: -1)
        )
    }

    /// What numbers become, and the logarithm of the derivative there.
    func map(_ x: Tensor) throws(TensorError) -> Bijector.Image {
        let isInside = try isWithin(x)
        let inner = try Tensor.select(isInside, x, Tensor(0))
        let piece = try piece(of: inner, among: horizontal)
        let t = try (inner - piece.x) / piece.width
        let y = try piece.y + piece.height * piece.rise(t)
        return (
            try .select(isInside, y, x), try .select(isInside, piece.logSlope(t), Tensor(0))
        )
    }

    /// What becomes `y`, and the logarithm of the derivative of the inverse there.
    func unmap(_ y: Tensor) throws(TensorError) -> Bijector.Image {
        let isInside = try isWithin(y)
        let inner = try Tensor.select(isInside, y, Tensor(0))
        let piece = try piece(of: inner, among: vertical)
        let t = try piece.place(ofRise: inner - piece.y)
        let x = try piece.x + t * piece.width
        return (
            try .select(isInside, x, y), try .select(isInside, piece.logSlope(t).negated(), Tensor(0))
        )
    }

    private func isWithin(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.compared(.greaterOrEqual, Tensor(-bound)) * x.compared(.less, Tensor(bound))
    }

    /// The piece in which each of `values` lies, in the direction of `pieces`.
    private func piece(of values: Tensor, among pieces: Pieces) throws(TensorError) -> Piece {
        let place = try values.unsqueezed(-1)
        let isChosen = try place.compared(.greaterOrEqual, pieces.starts) * place.compared(.less, pieces.ends)
        func chosen(_ tensor: Tensor) throws(TensorError) -> Tensor {
            try Tensor.select(isChosen, tensor, Tensor(0)).sum([-1])
        }
        return Piece(
            x: try chosen(horizontal.starts), width: try chosen(horizontal.sizes), y: try chosen(vertical.starts),
            height: try chosen(vertical.sizes), start: try chosen(slopes.start), end: try chosen(slopes.end))
    }
}

/// One piece of a spline for each number: where it begins, how large it is, and its derivatives at both ends.
private struct Piece {
    let x: Tensor
    let width: Tensor
    let y: Tensor
    let height: Tensor
    let start: Tensor
    let end: Tensor

    /// The slope of the straight line between the ends.
    private var secant: Tensor { get throws(TensorError) { try height / width } }

    /// start + end - 2 secant, in the paper's denominators.
    private var bend: Tensor { get throws(TensorError) { try start + end - secant.scaled(by: 2) } }

    private func denominator(_ t: Tensor) throws(TensorError) -> Tensor {
        try secant + bend * t * t.negated().offset(by: 1)
    }

    /// The share of the height at the share `t` of the width: equation 4.
    func rise(_ t: Tensor) throws(TensorError) -> Tensor {
        try (secant * t.square() + start * t * t.negated().offset(by: 1)) / denominator(t)
    }

    /// The logarithm of the derivative at the share `t` of the width: equation 5.
    func logSlope(_ t: Tensor) throws(TensorError) -> Tensor {
        let rest = try t.negated().offset(by: 1)
        let numerator = try end * t.square() + (secant * t * rest).scaled(by: 2) + start * rest.square()
        return try secant.log().scaled(by: 2) + numerator.log() - denominator(t).log().scaled(by: 2)
    }

    /// The share of the width at which the piece has risen by `rise`: equations 6 to 8, with the root of the quadratic
    /// equation that does not cancel.
    func place(ofRise rise: Tensor) throws(TensorError) -> Tensor {
        let bent = try rise * bend
        let a = try height * (secant - start) + bent
        let b = try height * start - bent
        let c = try (secant * rise).negated()
        let discriminant = try (b.square() - (a * c).scaled(by: 4)).clamped(minimum: 0)
        return try c.scaled(by: 2) / (b.negated() - discriminant.sqrt())
    }
}
