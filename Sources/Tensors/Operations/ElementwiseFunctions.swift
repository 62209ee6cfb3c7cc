import Kernels

/// A function of each element of a tensor, declared once with its derivative: a method of tensors in Lua, and the test
/// of the derivative, follow from it.
public struct ElementwiseFunction: Sendable {
    /// Where a derivative can be compared with differences.
    public enum Domain: Sendable {
        /// Everywhere.
        case all
        /// Above 0.
        case positive
        /// Everywhere but near 0, where the function may have a kink.
        case awayFromZero
        /// Between -1 and 1.
        case withinOne
        /// Between the multiples of 0.5, where the function may have steps.
        case betweenSteps
    }

    /// The operation, whose name is PyTorch's.
    public let operation: Operation
    /// What it computes, in a formula or a sentence.
    public let summary: String
    /// A number, and the function's value there.
    public let example: (x: Float, value: Float)
    /// Where its derivative is tested.
    public let domain: Domain
    private let kept: Kept
    private let function: @Sendable (UnaryLoop) -> Void
    private let derivative: @Sendable (BinaryLoop) -> Void

    /// Declares a function.
    ///
    /// - Parameters:
    ///   - domain: Where its derivative is tested; everywhere by default.
    ///   - kept: What the derivative reads: the input, the output or nothing.
    ///   - function: Computes a row of elements, a vector at a time.
    ///   - derivative: The gradient of the input, from that of the output and what was kept.
    init(
        _ operation: Operation, _ summary: String, at x: Float, gives value: Float, on domain: Domain = .all,
        keeping kept: Kept, _ function: @escaping @Sendable (UnaryLoop) -> Void,
        derivative: @escaping @Sendable (BinaryLoop) -> Void
    ) {
        (self.operation, self.summary, self.example, self.domain) = (operation, summary, (x, value), domain)
        (self.kept, self.function, self.derivative) = (kept, function, derivative)
    }

    /// The function of each element of `x`.
    public func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.elementwise(operation, keeping: kept, function, derivative: derivative)
    }
}

extension ElementwiseFunction {
    /// All functions; scripts, help, the manual and the tests follow from this list.
    public static let all = [
        exp, expm1, log, log1p, log2, log10, sqrt, rsqrt, square, reciprocal, abs, sin, cos, tan, atan, relu, elu,
        gelu, silu, softplus, sigmoid, tanh, erf, erfc, erfinv, logGamma, digamma, floor, ceil, round, trunc, sign,
    ]

    static let exp = ElementwiseFunction(
        .exp, "e^x.", at: 0, gives: 1, keeping: .output, { $0.map(VectorMath.exp) }
    ) { $0.map { $0 * $1 } }

    static let log = ElementwiseFunction(
        .log, "The natural logarithm.", at: 1, gives: 0, on: .positive, keeping: .input, { $0.map(VectorMath.log) }
    ) { $0.map { $0 / $1 } }

    static let sqrt = ElementwiseFunction(
        .sqrt, "The square root.", at: 4, gives: 2, on: .positive, keeping: .output, { $0.map(VectorMath.squareRoot) }
    ) { $0.map { $0 * 0.5 / $1 } }

    static let rsqrt = ElementwiseFunction(
        .rsqrt, "1 / sqrt(x).", at: 4, gives: 0.5, on: .positive, keeping: .output,
        { $0.map { 1 / VectorMath.squareRoot($0) } }
    ) { $0.map { $0 * -0.5 * $1 * $1 * $1 } }

    static let square = ElementwiseFunction(
        .square, "x * x.", at: 3, gives: 9, keeping: .input, { $0.map { $0 * $0 } }
    ) { $0.map { $0 * ($1 * 2) } }

    static let reciprocal = ElementwiseFunction(
        .reciprocal, "1 / x.", at: 4, gives: 0.25, on: .awayFromZero, keeping: .output, { $0.map { 1 / $0 } }
    ) { $0.map { -$0 * ($1 * $1) } }

    // The derivative at 0 and NaN is 0.
    static let abs = ElementwiseFunction(
        .abs, "The absolute value.", at: -3, gives: 3, on: .awayFromZero, keeping: .input,
        { $0.map(VectorMath.absolute) }
    ) { $0.map { $0 * Vector.zero.replacing(with: 1, where: $1 .> 0).replacing(with: -1, where: $1 .< 0) } }

    static let sin = ElementwiseFunction(
        .sin, "The sine of an angle in radians.", at: 0, gives: 0, keeping: .input,
        { $0.map { VectorMath.sineCosine($0).sine } }
    ) { $0.map { $0 * VectorMath.sineCosine($1).cosine } }

    static let cos = ElementwiseFunction(
        .cos, "The cosine of an angle in radians.", at: 0, gives: 1, keeping: .input,
        { $0.map { VectorMath.sineCosine($0).cosine } }
    ) { $0.map { -$0 * VectorMath.sineCosine($1).sine } }

    static let tan = ElementwiseFunction(
        .tan, "The tangent of an angle in radians.", at: 0, gives: 0, on: .withinOne, keeping: .output,
        {
            $0.map {
                let (sine, cosine) = VectorMath.sineCosine($0)
                return sine / cosine
            }
        }
    ) { $0.map { $0 * ($1 * $1 + 1) } }

    // The derivative at 0 is 0.
    static let relu = ElementwiseFunction(
        .relu, "The larger of x and 0.", at: -3, gives: 0, on: .awayFromZero, keeping: .output,
        { $0.map(VectorMath.relu) }
    ) { $0.map(VectorMath.reluGradient) }

    // Clevert et al. 2016, alpha = 1. The derivative reads the input, as far below 0 the output is rounded to -1.
    static let elu = ElementwiseFunction(
        .elu, "x where it is positive, e^x - 1 elsewhere.", at: 3, gives: 3, on: .awayFromZero, keeping: .input,
        { $0.map(VectorMath.elu) }
    ) { $0.map { $0.replacing(with: $0 * VectorMath.exp($1), where: $1 .<= 0) } }

    static let gelu = ElementwiseFunction(
        .gelu, "x times the share of the standard normal distribution below x.", at: 0, gives: 0, keeping: .input,
        { $0.map(VectorMath.gelu) }
    ) { $0.map(VectorMath.geluGradient) }

    static let silu = ElementwiseFunction(
        .silu, "x / (1 + e^-x).", at: 0, gives: 0, keeping: .input, { $0.map(VectorMath.silu) }
    ) { $0.map(VectorMath.siluGradient) }

    static let softplus = ElementwiseFunction(
        .softplus, "log(1 + e^x).", at: 100, gives: 100, keeping: .input, { $0.map(VectorMath.softplus) }
    ) { $0.map(VectorMath.softplusGradient) }

    static let sigmoid = ElementwiseFunction(
        .sigmoid, "1 / (1 + e^-x).", at: 0, gives: 0.5, keeping: .output, { $0.map(VectorMath.sigmoid) }
    ) { $0.map { $0 * $1 * (1 - $1) } }

    static let tanh = ElementwiseFunction(
        .tanh, "The hyperbolic tangent.", at: 0, gives: 0, keeping: .output, { $0.map(VectorMath.tanh) }
    ) { $0.map { $0 * (1 - $1 * $1) } }
}

/// The functions as methods.
extension Tensor {
    /// e^x.
    public func exp() throws(TensorError) -> Tensor { try ElementwiseFunction.exp(self) }
    /// The natural logarithm.
    public func log() throws(TensorError) -> Tensor { try ElementwiseFunction.log(self) }
    /// The square root.
    public func sqrt() throws(TensorError) -> Tensor { try ElementwiseFunction.sqrt(self) }
    /// x * x.
    public func square() throws(TensorError) -> Tensor { try ElementwiseFunction.square(self) }
    /// The absolute value; its derivative at 0 and NaN is 0.
    public func abs() throws(TensorError) -> Tensor { try ElementwiseFunction.abs(self) }
    /// max(x, 0); its derivative at 0 is 0.
    public func relu() throws(TensorError) -> Tensor { try ElementwiseFunction.relu(self) }
    /// x where it is positive, e^x - 1 elsewhere (Clevert et al. 2016, alpha = 1).
    public func elu() throws(TensorError) -> Tensor { try ElementwiseFunction.elu(self) }
    /// x times the share of the standard normal distribution below x (Hendrycks and Gimpel 2016).
    public func gelu() throws(TensorError) -> Tensor { try ElementwiseFunction.gelu(self) }
    /// x / (1 + e^-x) (Elfwing et al. 2018).
    public func silu() throws(TensorError) -> Tensor { try ElementwiseFunction.silu(self) }
    /// log(1 + e^x).
    public func softplus() throws(TensorError) -> Tensor { try ElementwiseFunction.softplus(self) }
    /// 1 / (1 + e^-x).
    public func sigmoid() throws(TensorError) -> Tensor { try ElementwiseFunction.sigmoid(self) }
    /// The hyperbolic tangent.
    public func tanh() throws(TensorError) -> Tensor { try ElementwiseFunction.tanh(self) }
    /// The sine of an angle in radians.
    public func sin() throws(TensorError) -> Tensor { try ElementwiseFunction.sin(self) }
    /// The cosine of an angle in radians.
    public func cos() throws(TensorError) -> Tensor { try ElementwiseFunction.cos(self) }
}
