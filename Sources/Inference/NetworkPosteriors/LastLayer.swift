import Layers
import Support
import Tensors

/// The last convolution of a network, a linear function of each voxel's features.
struct LastLayer {
    private let convolution: Convolution

    /// Finds the layer; an error where the last convolution is not one of kernel size 1 and stride 1 without padding,
    /// or has more than 1024 weights, whose matrix would take too long.
    init(of network: any Layer) throws(TensorError) {
        let found = network.namedLayers.last { $0.layer is any ConvolutionLayer }?.layer
        guard let convolution = found as? Convolution, convolution.isPointwise else {
            throw .argument(
                operation: LastLayerLaplace.kind, parameter: "network",
                value: "one that ends with \(found?.summary ?? "no convolution")",
                expected: "a convolution of kernel size 1 as the last one that is registered, as of nn.UNet")
        }
        self.convolution = convolution
        let count = convolution.weight.count + (convolution.bias?.count ?? 0)
        try require(
            count <= 1024, LastLayerLaplace.kind, "network", "one whose last layer has \(count) weights",
            expected: "1024 at most")
    }

    /// The number of classes.
    var classes: Int { convolution.specification.outputChannels }

    /// The number of inputs of the layer.
    var inputs: Int { convolution.specification.inputChannels }

    /// The number of weights of a class: one for each input, and the bias where there is one.
    var features: Int { inputs + (convolution.bias == nil ? 0 : 1) }

    /// The weight and the bias.
    var parameters: [Tensor] { convolution.parameters.map(\.tensor) }

    /// A copy of the weights: classes x features, the bias last.
    func weights() throws(TensorError) -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            let weight = try convolution.weight.reshaped([classes, inputs])
            guard let bias = convolution.bias else { return try weight.cloned() }
            return try Tensor.concatenate([weight, bias.reshaped([classes, 1])], dim: 2)
        }
    }

    /// Sets the weights: classes x features, the bias last.
    func set(_ weights: Tensor) throws(TensorError) {
        try convolution.weight.assign(weights.slice(2, 1, inputs).reshaped(convolution.weight.shape))
        if let bias = convolution.bias { try bias.assign(weights.select(2, inputs + 1)) }
    }
}

/// The features that the layer gets, read through the layer itself.
extension LastLayer {
    /// The features of all voxels of `volume` (features x voxels, the last row ones for the bias) and their logits
    /// (classes x voxels). It sets the layer's weights, and leaves them as they were, except after an error.
    ///
    /// With rows of the identity matrix as weights the network gives as many features as there are classes, so this
    /// takes a pass for each `classes` of them, and one more. An error where the network does more after the layer,
    /// such as a softmax.
    func features(
        of volume: Tensor, in network: any Layer
    ) throws(TensorError) -> (features: Tensor, logits: Tensor) {
        let own = try weights()
        let logits = try rows(network(volume))
        var parts: [Tensor] = []
        for first in stride(from: 0, to: inputs, by: classes) {
            var units = [Float](repeating: 0, count: classes * features)
            for row in 0..<min(classes, inputs - first) { units[row * features + first + row] = 1 }
            try set(Tensor(units, shape: [classes, features]))
            parts.append(try rows(network(volume)))
        }
        try set(own)
        var values = try Tensor.concatenate(parts, dim: 1).slice(1, 1, inputs)
        if features > inputs { values = try Tensor.concatenate([values, .ones([1, values.shape[1]])], dim: 1) }
        let largest = try logits.abs().max().item()
        let difference = try (own.matmul(values) - logits).abs().max().item()
        try require(
            difference <= 1e-3 * (1 + largest), LastLayerLaplace.kind, "network",
            "one that computes more after its last convolution", expected: "logits that the last convolution gives")
        return (values, logits)
    }

    /// The network's result as classes x voxels.
    private func rows(_ result: Tensor) throws(TensorError) -> Tensor {
        guard result.rank >= 2, result.shape[1] == classes, result.count > 0 else {
            throw .shape(
                operation: LastLayerLaplace.kind, parameter: "the network's result", shape: result.shape,
                expected: "N x \(classes) x ..., as its last convolution gives")
        }
        return try result.transposed(1, 2).reshaped([classes, -1])
    }
}

extension Convolution {
    /// Whether each voxel of the result depends on one of the input.
    fileprivate var isPointwise: Bool {
        (specification.kernelSize + specification.stride).allSatisfy { $0 == 1 }
            && specification.padding.allSatisfy { $0 == 0 }
    }
}

/// The Gauss-Newton matrix of a linear layer below the cross entropy of a softmax: the sum over voxels of
/// (diag(p) - p pᵀ) times the product of the features with themselves, class by class.
struct SoftmaxCurvature {
    private let classes: Int
    private let features: Int
    /// The matrix, row by row.
    private(set) var matrix: [Double]

    /// How many voxels are summed in single precision.
    private static let voxelsAtOnce = 1 << 15

    /// A matrix of zeros.
    init(classes: Int, features: Int) {
        (self.classes, self.features) = (classes, features)
        matrix = [Double](repeating: 0, count: classes * features * classes * features)
    }

    /// The number of rows.
    var size: Int { classes * features }

    /// Adds voxels: their features, features x voxels, and probabilities, classes x voxels.
    mutating func add(_ values: Tensor, probabilities: Tensor) throws(TensorError) {
        let count = values.shape[1]
        for first in stride(from: 1, through: count, by: Self.voxelsAtOnce) {
            let last = min(count, first + Self.voxelsAtOnce - 1)
            let part = try values.slice(2, first, last).contiguous()
            let transposed = try part.transposed(1, 2).contiguous()
            let shares = try probabilities.slice(2, first, last).contiguous()
            for row in 0..<classes {
                let own = try shares.select(1, row + 1)
                for column in 0...row {
                    let product = try own * shares.select(1, column + 1)
                    let weights = try row == column ? own - product : product.negated()
                    add(try (part * weights).matmul(transposed).values, at: row, column)
                }
            }
        }
    }

    /// Adds the block of two classes, and its mirror image.
    private mutating func add(_ block: [Float], at row: Int, _ column: Int) {
        for i in 0..<features {
            for j in 0..<features {
                let value = Double(block[i * features + j])
                matrix[(row * features + i) * size + column * features + j] += value
                if row != column { matrix[(column * features + j) * size + row * features + i] += value }
            }
        }
    }
}
