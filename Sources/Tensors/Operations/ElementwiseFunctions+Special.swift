import Foundation
import Kernels

/// Functions of statistics, and others that are computed in Double, lane by lane.
extension ElementwiseFunction {
    static let expm1 = ElementwiseFunction(
        .expm1, "e^x - 1, exact for small x.", at: 0, gives: 0, keeping: .input,
        { $0.map { $0.lanes(Foundation.expm1) } }
    ) { $0.map { $0 * VectorMath.exp($1) } }

    static let log1p = ElementwiseFunction(
        .log1p, "log(1 + x), exact for small x.", at: 0, gives: 0, on: .positive, keeping: .input,
        { $0.map { $0.lanes(Foundation.log1p) } }
    ) { $0.map { $0 / ($1 + 1) } }

    static let log2 = ElementwiseFunction(
        .log2, "The logarithm to the base 2.", at: 8, gives: 3, on: .positive, keeping: .input,
        { $0.map { $0.lanes(Foundation.log2) } }
    ) { $0.map { $0 / ($1 * 0.693_147_18) } }

    static let log10 = ElementwiseFunction(
        .log10, "The logarithm to the base 10.", at: 1000, gives: 3, on: .positive, keeping: .input,
        { $0.map { $0.lanes(Foundation.log10) } }
    ) { $0.map { $0 / ($1 * 2.302_585_1) } }

    static let atan = ElementwiseFunction(
        .atan, "The angle in radians whose tangent is x, from -pi / 2 to pi / 2.", at: 0, gives: 0, keeping: .input,
        { $0.map { $0.lanes(Foundation.atan) } }
    ) { $0.map { $0 / ($1 * $1 + 1) } }

    static let erf = ElementwiseFunction(
        .erf, "The error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.", at: 0, gives: 0,
        keeping: .input, { $0.map { $0.lanes(Foundation.erf) } }
    ) { $0.map { $0 * $1.lanes(SpecialFunctions.erfSlope) } }

    static let erfc = ElementwiseFunction(
        .erfc, "1 - erf(x), exact for large x.", at: 0, gives: 1, keeping: .input,
        { $0.map { $0.lanes(Foundation.erfc) } }
    ) { $0.map { -$0 * $1.lanes(SpecialFunctions.erfSlope) } }

    static let erfinv = ElementwiseFunction(
        .erfinv, "The number whose error function is x; NaN where x is not within -1 to 1.", at: 0, gives: 0,
        on: .withinOne, keeping: .input, { $0.map { $0.lanes(SpecialFunctions.inverseErf) } }
    ) { $0.map { $0 * $1.lanes { 1 / SpecialFunctions.erfSlope(SpecialFunctions.inverseErf($0)) } } }

    static let logGamma = ElementwiseFunction(
        .logGamma, "log |gamma(x)|.", at: 1, gives: 0, on: .positive, keeping: .input,
        { $0.map { $0.lanes(SpecialFunctions.logGamma) } }
    ) { $0.map { $0 * $1.lanes(SpecialFunctions.digamma) } }

    static let digamma = ElementwiseFunction(
        .digamma, "The derivative of lgamma.", at: 7.8834286, gives: 2, on: .positive, keeping: .input,
        { $0.map { $0.lanes(SpecialFunctions.digamma) } }
    ) { $0.map { $0 * $1.lanes(SpecialFunctions.trigamma) } }
}

/// Functions with steps, whose derivative is 0.
extension ElementwiseFunction {
    static let floor = step(.floor, "The largest whole number that is not above x.", at: -2.5, gives: -3) {
        $0.map { $0.rounded(.down) }
    }

    static let ceil = step(.ceil, "The smallest whole number that is not below x.", at: -2.5, gives: -2) {
        $0.map { $0.rounded(.up) }
    }

    static let round = step(.round, "The whole number next to x, of two the even one.", at: 2.5, gives: 2) {
        $0.map { $0.rounded(.toNearestOrEven) }
    }

    static let trunc = step(.trunc, "x without what follows the point.", at: -2.5, gives: -2) {
        $0.map { $0.rounded(.towardZero) }
    }

    static let sign = step(.sign, "1 where x is positive, -1 where it is negative, 0 elsewhere.", at: -3, gives: -1) {
        $0.map { Vector.zero.replacing(with: 1, where: $0 .> 0).replacing(with: -1, where: $0 .< 0) }
    }

    private static func step(
        _ operation: Operation, _ summary: String, at x: Float, gives value: Float,
        _ function: @escaping @Sendable (UnaryLoop) -> Void
    ) -> ElementwiseFunction {
        ElementwiseFunction(
            operation, summary, at: x, gives: value, on: .betweenSteps, keeping: .nothing, function
        ) { $0.map { _, _ in Vector.zero } }
    }
}

/// The functions as methods.
extension Tensor {
    /// e^x - 1, exact for small x.
    public func expm1() throws(TensorError) -> Tensor { try ElementwiseFunction.expm1(self) }
    /// log(1 + x), exact for small x.
    public func log1p() throws(TensorError) -> Tensor { try ElementwiseFunction.log1p(self) }
    /// The angle in radians whose tangent is x.
    public func atan() throws(TensorError) -> Tensor { try ElementwiseFunction.atan(self) }
    /// The error function.
    public func erf() throws(TensorError) -> Tensor { try ElementwiseFunction.erf(self) }
    /// 1 - erf(x), exact for large x.
    public func erfc() throws(TensorError) -> Tensor { try ElementwiseFunction.erfc(self) }
    /// The number whose error function is x; NaN where x is not within -1 to 1.
    public func erfinv() throws(TensorError) -> Tensor { try ElementwiseFunction.erfinv(self) }
    /// log |gamma(x)|.
    public func logGamma() throws(TensorError) -> Tensor { try ElementwiseFunction.logGamma(self) }
    /// The derivative of log |gamma(x)|.
    public func digamma() throws(TensorError) -> Tensor { try ElementwiseFunction.digamma(self) }
    /// The largest whole number that is not above x; its derivative is 0.
    public func floor() throws(TensorError) -> Tensor { try ElementwiseFunction.floor(self) }
    /// 1 / x.
    public func reciprocal() throws(TensorError) -> Tensor { try ElementwiseFunction.reciprocal(self) }
}
