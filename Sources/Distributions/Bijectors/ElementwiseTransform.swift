import Foundation
import Tensors

/// A bijector of each element that has no parameters, declared once for scripts, help and tests.
public struct ElementwiseTransform: Bijector {
    /// The name that scripts know.
    public let kind: String
    /// What it makes of x, in a formula.
    public let summary: String
    private let imageOf: () throws(TensorError) -> Constraint
    private let function: (_ x: Tensor) throws(TensorError) -> Tensor
    private let inverseFunction: (_ y: Tensor) throws(TensorError) -> Tensor
    private let logSlope: (_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor

    /// Declares a function, its inverse, and the logarithm of its derivative at x, where it is y.
    private init(
        _ kind: String, _ summary: String, image: @escaping () throws(TensorError) -> Constraint,
        _ function: @escaping (_ x: Tensor) throws(TensorError) -> Tensor,
        inverse: @escaping (_ y: Tensor) throws(TensorError) -> Tensor,
        logSlope: @escaping (_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor
    ) {
        (self.kind, self.summary, self.imageOf) = (kind, summary, image)
        (self.function, self.inverseFunction, self.logSlope) = (function, inverse, logSlope)
    }

    /// All functions; scripts and tests follow from this list.
    public static var all: [ElementwiseTransform] { [exp, softplus, sigmoid, tanh] }

    /// The numbers that the function gives.
    public var image: Constraint { get throws(TensorError) { try imageOf() } }

    /// The function of each element.
    public func map(_ x: Tensor) throws(TensorError) -> Image {
        let y = try function(x)
        return (y, try logSlope(x, y))
    }

    /// The inverse function of each element.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image {
        let x = try inverseFunction(y)
        return (x, try logSlope(x, y).negated())
    }
}

extension ElementwiseTransform {
    static var exp: ElementwiseTransform {
        ElementwiseTransform(
            "Exp", "e^x", image: { () throws(TensorError) in try .positive },
            { x throws(TensorError) in try x.exp() }, inverse: { y throws(TensorError) in try y.log() },
            logSlope: { x, _ throws(TensorError) in x })
    }

    static var softplus: ElementwiseTransform {
        ElementwiseTransform(
            "Softplus", "log(1 + e^x)", image: { () throws(TensorError) in try .positive },
            { x throws(TensorError) in try x.softplus() },
            inverse: { y throws(TensorError) in try y + y.negated().expm1().negated().log() },
            logSlope: { x, _ throws(TensorError) in try x.negated().softplus().negated() })
    }

    static var sigmoid: ElementwiseTransform {
        ElementwiseTransform(
            "Sigmoid", "1 / (1 + e^-x)", image: { () throws(TensorError) in try .between(0, 1) },
            { x throws(TensorError) in try x.sigmoid() },
            inverse: { y throws(TensorError) in try y.log() - y.negated().log1p() },
            logSlope: { x, _ throws(TensorError) in try (x.softplus() + x.negated().softplus()).negated() })
    }

    static var tanh: ElementwiseTransform {
        ElementwiseTransform(
            "Tanh", "the hyperbolic tangent of x", image: { () throws(TensorError) in try .between(-1, 1) },
            { x throws(TensorError) in try x.tanh() },
            inverse: { y throws(TensorError) in try (y.log1p() - y.negated().log1p()).scaled(by: 0.5) },
            // 1 - tanh^2 without the difference, which is 0 for large x.
            logSlope: { x, _ throws(TensorError) in
                try (x + x.scaled(by: -2).softplus()).scaled(by: -2).offset(by: Float(2 * Foundation.log(2.0)))
            })
    }
}
