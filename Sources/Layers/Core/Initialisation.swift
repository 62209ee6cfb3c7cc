import Support
import Tensors

/// The values that parameters start with, as in torch.nn.init.
extension Tensor {
    /// Replaces the elements by independent uniform numbers in [-bound, bound).
    @discardableResult
    public func fillUniform(bound: Float, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            try assign(try Tensor.rand(shape, generator: generator).scaled(by: 2 * bound).offset(by: -bound))
        }
    }

    /// PyTorch's default for weights: uniform within 1 / sqrt(fan in), times `scale`.
    ///
    /// This is He et al. (2015) with the gain of a leaky ReLU of slope sqrt(5).
    @discardableResult
    public func fillKaimingUniform(scale: Float = 1, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try fillUniform(bound: scale * Float(1 / fanIn(shape).squareRoot()), generator: generator)
    }
}

/// How many inputs each output of a weight depends on, at least 1.
///
/// Dimension 1 of a weight counts outputs, dimension 2 inputs; as in PyTorch also where a transposed convolution has
/// them the other way round.
func fanIn(_ shape: [Int]) -> Double {
    max(shape.dropFirst(shape.count > 1 ? 1 : 0).reduce(1.0) { $0 * Double($1) }, 1)
}

/// A weight of `shape` and a bias of `channels` elements, drawn as PyTorch draws them, that require gradients.
func initialParameters(
    shape: [Int], channels: Int?, scale: Float = 1, generator: RandomGenerator
) throws(TensorError) -> (weight: Tensor, bias: Tensor?) {
    let weight = try Tensor(uninitialised: shape).fillKaimingUniform(scale: scale, generator: generator)
    try weight.requireGradient()
    guard let channels else { return (weight, nil) }
    let bias = try Tensor(uninitialised: [channels])
    try bias.fillUniform(bound: Float(1 / fanIn(shape).squareRoot()), generator: generator)
    return (weight, try bias.requireGradient())
}

/// A weight of ones and a bias of zeros that require gradients, where they are wanted: normalisations start so.
func affineParameters(
    _ shape: [Int], weight: Bool, bias: Bool
) throws(TensorError) -> (weight: Tensor?, bias: Tensor?) {
    (
        weight ? try Tensor.ones(shape).requireGradient() : nil, bias ? try Tensor.zeros(shape).requireGradient() : nil
    )
}

/// Those of some tensors that are there, under their names.
func present(_ tensors: (name: String, tensor: Tensor?)...) -> [(name: String, tensor: Tensor)] {
    tensors.compactMap { name, tensor in tensor.map { (name, $0) } }
}

/// A weight and perhaps a bias under their names.
func named(_ weight: Tensor, _ bias: Tensor?) -> [(name: String, tensor: Tensor)] {
    present(("weight", weight), ("bias", bias))
}
