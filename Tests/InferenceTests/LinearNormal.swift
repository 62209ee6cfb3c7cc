import Foundation
import Inference
import Layers
import Tensors

/// A Gaussian whose mean is a linear function of the input, weight x input + bias, and whose variances are constant.
///
/// As the decoder of an autoencoder it is factor analysis: the marginal of the kernels is known, and so, where the
/// columns of the weight are orthogonal, is the encoder. The bounds are proved on it, and it is the simplest
/// prior to teach with.
final class LinearNormal: ConditionalNormal {
    /// The shape of one input.
    let inputShape: [Int]
    /// The shape of one value of the Gaussian.
    let outputShape: [Int]
    /// A row for each element of the output.
    let weight: Tensor
    /// The mean for an input of zeros, one number for each element of the output.
    let bias: Tensor
    /// The log-variance of each element of the output.
    let logVariance: Tensor

    /// A Gaussian with the given coefficients: `weight` outputs x inputs, `bias` and `logVariance` outputs.
    init(
        inputShape: [Int], outputShape: [Int], weight: Tensor, bias: Tensor, logVariance: Tensor
    ) throws(TensorError) {
        let outputs = try Shape.count(outputShape, operation: "linear_normal")
        let inputs = try Shape.count(inputShape, operation: "linear_normal")
        for (name, tensor, expected) in [
            ("weight", weight, [outputs, inputs]), ("bias", bias, [outputs]), ("log_variance", logVariance, [outputs]),
        ] where tensor.shape != expected {
            throw .shape(
                operation: "linear_normal", parameter: name, shape: tensor.shape, expected: expected.shapeText)
        }
        self.inputShape = inputShape
        self.outputShape = outputShape
        self.weight = weight
        self.bias = bias
        self.logVariance = logVariance
    }

    /// The exact encoder of `decoder`: r(z | w) = p(z | w), a Gaussian of precision I + Wᵀ D⁻¹ W, for the decoder's
    /// weight W and variances D, and of mean precision⁻¹ Wᵀ D⁻¹ (w - bias) (Bishop 2006, equations 12.41 and 12.42).
    ///
    /// An encoder of independent codes can be exact only where the precision is diagonal, so the columns of the
    /// decoder's weight must be orthogonal once each row is divided by its standard deviation.
    convenience init(exactEncoderOf decoder: LinearNormal) throws(TensorError) {
        let codes = decoder.inputShape.reduce(1, *)
        let outputs = decoder.outputShape.reduce(1, *)
        let (weight, bias) = (decoder.weight.values.map(Double.init), decoder.bias.values.map(Double.init))
        let variance = decoder.logVariance.values.map { exp(Double($0)) }
        var gain = [Double](repeating: 0, count: codes * outputs)
        var shift = [Double](repeating: 0, count: codes)
        var logVariance = shift
        for a in 0..<codes {
            var precision = 1.0
            for b in 0..<codes {
                let product = (0..<outputs).reduce(0.0) {
                    $0 + weight[$1 * codes + a] * weight[$1 * codes + b] / variance[$1]
                }
                if a == b { precision += product }
                guard a == b || abs(product) < 1e-3 else {
                    throw .argument(
                        operation: "exact_encoder", parameter: "weight",
                        value: "columns \(a + 1) and \(b + 1) with the scaled product \(product)",
                        expected: "orthogonal columns")
                }
            }
            for i in 0..<outputs {
                gain[a * outputs + i] = weight[i * codes + a] / variance[i] / precision
                shift[a] -= gain[a * outputs + i] * bias[i]
            }
            logVariance[a] = -log(precision)
        }
        try self.init(
            inputShape: decoder.outputShape, outputShape: decoder.inputShape,
            weight: Tensor(gain.map { Float($0) }, shape: [codes, outputs]),
            bias: Tensor(shift.map { Float($0) }, shape: [codes]),
            logVariance: Tensor(logVariance.map { Float($0) }, shape: [codes]))
    }

    /// The distribution of the output where the input is N(0, I): a Gaussian of mean bias and covariance
    /// weight weightᵀ + the diagonal of the variances.
    func marginal() throws(TensorError) -> FullCovarianceGaussian {
        let count = outputShape.reduce(1, *)
        let noise = try Tensor.eye(count) * logVariance.exp()
        return try FullCovarianceGaussian(
            mean: bias.reshaped(outputShape), covariance: weight.matmul(weight.transposed(1, 2)) + noise)
    }

    /// Weight, bias and log-variance.
    var parameters: [(name: String, tensor: Tensor)] {
        [("weight", weight), ("bias", bias), ("log_variance", logVariance)]
    }

    /// "LinearNormal(2, 3x3x3)".
    var summary: String { "LinearNormal(\(inputShape.shapeText), \(outputShape.shapeText))" }

    /// The kind alone: it is not kept in files.
    var configuration: Configuration { Configuration(kind: "LinearNormal") }

    /// The Gaussian for each of n inputs, n x `inputShape`.
    func distribution(_ input: Tensor) throws(TensorError) -> Normal {
        guard Array(input.shape.dropFirst()) == inputShape, input.rank == inputShape.count + 1 else {
            throw .shape(
                operation: summary, parameter: "input", shape: input.shape, expected: "n x \(inputShape.shapeText)")
        }
        let count = input.shape[0]
        let mean = try input.reshaped([count, weight.shape[1]]).linear(weight: weight, bias: bias)
        return try Normal(
            mean: mean.reshaped([count] + outputShape),
            logVariance: logVariance.reshaped([1] + outputShape).expanded(to: [count] + outputShape))
    }

    /// One with parameters of its own, which start at this one's.
    func copy() throws(TensorError) -> LinearNormal {
        try LinearNormal(
            inputShape: inputShape, outputShape: outputShape, weight: weight.detached().cloned(),
            bias: bias.detached().cloned(), logVariance: logVariance.detached().cloned())
    }
}
