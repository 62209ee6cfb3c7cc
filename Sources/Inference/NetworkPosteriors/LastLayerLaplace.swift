import Foundation
import Kernels
import Layers
import Support
import Tensors

/// Laplace's approximation of the posterior of the last layer's weights (Daxberger et al. 2021, "Laplace redux"): a
/// Gaussian around the weights as trained, with the inverse of the whole Gauss-Newton matrix plus the prior's
/// precision.
///
/// Each voxel counts as an observation of its own, with the loss of cross entropy. Voxels of a volume are not
/// independent, so the posterior is rather too narrow: a temperature widens it.
public final class LastLayerLaplace: SavedPosterior {
    /// "LastLayerLaplace".
    public static let kind = "LastLayerLaplace"

    private let network: any Layer
    private let layer: LastLayer
    /// The weights as trained, a row for each class: inputs, and the bias where there is one.
    private let weights: Tensor
    /// A square root of the covariance of the weights, row by row.
    private let factor: Tensor
    /// The precision of the prior N(0, 1 / precision) of each weight.
    public let priorPrecision: Double

    /// The posterior of the last convolution of `network`, which must be 1x1x1 and all that follows its features.
    ///
    /// - Parameters:
    ///   - volumes: The inputs that the network was trained on, each N x channels x D x H x W. The matrix does not
    ///     depend on labels.
    ///   - priorPrecision: The precision of the prior of each weight; by default that of the largest marginal
    ///     likelihood.
    public init(
        _ network: any Layer, volumes: [Tensor], priorPrecision: Double? = nil
    ) throws(TensorError) {
        try network.requirePlain(Self.kind)
        try network.requireFinite(Self.kind)
        try require(!volumes.isEmpty, Self.kind, "volumes", "empty", expected: "at least one volume")
        let layer = try LastLayer(of: network)
        var curvature = SoftmaxCurvature(classes: layer.classes, features: layer.features)
        try keeping([network], layer.parameters) { () throws(TensorError) in
            for volume in volumes {
                try volume.requireFinite(Self.kind, "volumes")
                let (features, logits) = try layer.features(of: volume, in: network)
                try curvature.add(features, probabilities: logits.softmax(1))
            }
        }
        let size = curvature.size
        let (eigenvalues, vectors) = try Self.eigen(
            Matrix(rows: size, columns: size, elements: curvature.matrix))
        if Interrupt.isRequested { throw .interrupted }
        // Rounding may leave values just below 0.
        let values = eigenvalues.map { max($0, 0) }
        let weights = try layer.weights()
        let precision =
            if let priorPrecision { priorPrecision } else {
                try Self.evidencePrecision(values, squaredNorm: weights.squaredNorm)
            }
        try require(
            precision > 0 && precision.isFinite, Self.kind, "prior_precision", precision,
            expected: "a finite number above 0")
        // Column k of the factor is the k-th eigenvector over the root of its precision.
        let root = (0..<size * size).map { place in
            let (row, column) = (place / size, place % size)
            return Float(vectors[row, column] / (values[column] + precision).squareRoot())
        }
        factor = try Tensor(root, shape: [size, size])
        (self.network, self.layer, self.weights) = (network, layer, weights)
        self.priorPrecision = precision
    }

    private static func eigen(_ matrix: Matrix) throws(TensorError) -> (values: [Double], vectors: Matrix) {
        do throws(MatrixError) {
            return try matrix.symmetricEigen()
        } catch {
            throw error.tensorError(kind, "the Gauss-Newton matrix")
        }
    }

    /// The precision d of the prior at which the marginal likelihood of Laplace's approximation is largest:
    ///
    ///     P/2 log d - d |w|^2 / 2 - sum log(h + d) / 2
    ///
    /// for the eigenvalues h of the matrix. Its derivative is 0 where d |w|^2 = sum h / (h + d) (MacKay 1992, eq. 4.8),
    /// which has one solution.
    static func evidencePrecision(_ eigenvalues: [Double], squaredNorm: Double) throws(TensorError) -> Double {
        try require(
            squaredNorm > 0 && eigenvalues.contains { $0 > 0 }, kind, "prior_precision", "left out",
            expected: "a number: weights of 0, or a matrix of 0, do not tell it")
        var (low, high) = (-60.0, 60.0)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            let precision = exp(middle)
            let effective = eigenvalues.reduce(0) { $0 + $1 / ($1 + precision) }
            if precision * squaredNorm < effective { low = middle } else { high = middle }
        }
        return exp((low + high) / 2)
    }

    /// The covariance of the weights, class by class: of each the inputs, and the bias where there is one.
    public func covariance() throws(TensorError) -> Tensor { try factor.matmul(factor.transposed(1, 2)) }

    /// The network.
    public var networks: [any Layer] { [network] }

    /// The weight and the bias of the last layer.
    public var drawnTensors: [Tensor] { layer.parameters }

    /// The network with the weights as trained.
    public func mean() throws(TensorError) -> Draw {
        try layer.set(weights)
        return network.asDraw
    }

    /// The network with weights of its last layer drawn anew.
    public func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        let noise = try Tensor.randn([factor.shape[0]], generator: generator)
        let deviation = try factor.matmul(noise).scaled(by: Float(temperature.squareRoot()))
        try layer.set(weights + deviation.reshaped(weights.shape))
        return network.asDraw
    }

    /// The prior's precision.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, JSON.Member("prior_precision", .number(priorPrecision)))
    }

    /// The weights as trained, and the root of their covariance.
    public var tensors: [(name: String, tensor: Tensor)] { [("weights", weights), ("factor", factor)] }

    /// Makes the posterior again that `configuration` describes.
    public init(
        _ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]
    ) throws(TensorError) {
        network = try networks.only(Self.kind)
        layer = try LastLayer(of: network)
        priorPrecision = try configuration.value("prior_precision")
        let size = layer.classes * layer.features
        weights = try tensors.tensor("weights", shape: [layer.classes, layer.features])
        factor = try tensors.tensor("factor", shape: [size, size])
    }
}

extension Tensor {
    /// The sum of the squares of all elements.
    fileprivate var squaredNorm: Double { values.reduce(0) { $0 + Double($1) * Double($1) } }
}
