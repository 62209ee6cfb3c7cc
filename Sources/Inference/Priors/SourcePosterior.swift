import Foundation
import Layers
import Support
import Tensors

/// The weights of a source network, and how far they may move from there, as a prior: one Gaussian of all kernels of a
/// group together, each at its own place in its layer (Shwartz-Ziv et al., "Pre-train your loss", NeurIPS 2022).
///
/// Its kernels are not exchangeable, unlike those of the other priors: it says what this kernel is like, and not what
/// kernels are like. So it has no density of one kernel, and draws all of them at once.
public struct SourcePosterior: DeclaredPrior {
    /// A layer whose kernels the prior is of.
    public struct LayerPlaces: Sendable {
        /// The dotted path of the layer.
        public let path: String
        /// What the source's kernels were divided by.
        public let scale: Float
        /// How many kernels the layer has.
        public let count: Int
    }

    /// The layers, in the order in which their kernels follow each other.
    public let layers: [LayerPlaces]
    /// The mean, and the variance that the weights have independently of each other: all kernels x a kernel's shape.
    public let independent: Normal
    /// Directions in which all weights move together, a row of all weights each: U, where the covariance is diagonal
    /// plus Uᵀ U; nil for none.
    public let directions: Tensor?
    /// C⁻¹ U D⁻¹ and log det C Cᵀ, where D is the diagonal of the covariance and C Cᵀ = I + U D⁻¹ Uᵀ.
    private let correction: (whitening: Tensor, logDeterminant: Float)?

    /// The Gaussian of the kernels of `layers`, whose covariance is that of `independent` plus Uᵀ U.
    init(layers: [LayerPlaces], independent: Normal, directions: Tensor?) throws(TensorError) {
        let count = layers.reduce(0) { $0 + $1.count }
        guard independent.mean.rank >= 1, independent.mean.shape[0] == count else {
            throw .shape(
                operation: "source_posterior", parameter: "mean", shape: independent.mean.shape,
                expected: "the \(count) kernels of its layers")
        }
        try independent.mean.requireFinite("source_posterior", "mean")
        if let wrong = independent.logVariance.values.first(where: { !NumberRange.logVariance.contains(Double($0)) }) {
            throw .argument(
                operation: "source_posterior", parameter: "the logarithm of a variance", value: "\(wrong)",
                expected: NumberRange.logVariance.text)
        }
        (self.layers, self.independent, self.directions) = (layers, independent, directions)
        correction = try directions.map { directions throws(TensorError) in
            try Self.correction(directions, independent)
        }
    }

    /// What the directions add to the inverse and to the determinant of the diagonal: Woodbury's formula and the
    /// determinant lemma.
    private static func correction(
        _ directions: Tensor, _ independent: Normal
    ) throws(TensorError) -> (whitening: Tensor, logDeterminant: Float) {
        guard directions.rank == 2, directions.shape[0] >= 1, directions.shape[1] == independent.eventSize else {
            throw .shape(
                operation: "source_posterior", parameter: "directions", shape: directions.shape,
                expected: "rows of \(independent.eventSize), all weights")
        }
        try directions.requireFinite("source_posterior", "directions")
        return try GradientMode.disabled { () throws(TensorError) in
            let scaled = try directions * independent.logVariance.negated().exp().reshaped([-1])
            let inner = try Tensor.eye(directions.shape[0]) + directions.matmul(scaled.transposed(1, 2))
            let factor = try inner.cholesky()
            let logarithms = try factor.diagonal().log().sum()
            return (try factor.solveTriangular(scaled, upper: false), 2 * (try logarithms.item()))
        }
    }

    /// The number of kernels.
    public var kernelCount: Int { independent.eventShape[0] }

    /// The shape of one kernel.
    public var eventShape: [Int] { Array(independent.eventShape.dropFirst()) }

    /// The log density of all kernels together, all x the kernel's shape, each at its place: a scalar, in nats.
    public func logDensity(_ kernels: Tensor) throws(TensorError) -> Tensor {
        try checkShape(kernels.shape, "kernels")
        let density = try independent.logProbability(kernels)
        guard let correction else { return density }
        let along = try (kernels - independent.mean).reshaped([1, -1]).linear(weight: correction.whitening)
        return try density + along.square().sum().offset(by: -correction.logDeterminant).scaled(by: 0.5)
    }

    /// The cross entropy with a posterior of all kernels, in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try checkShape(posterior.eventShape, "posterior")
        let entropy = try KLDivergence.between(posterior, independent) + posterior.entropy()
        guard let correction else { return entropy }
        let along = try (posterior.mean - independent.mean).reshaped([1, -1]).linear(weight: correction.whitening)
        let trace = try posterior.logVariance.exp().reshaped([-1]) * correction.whitening.square().sum([1])
        return try entropy
            - (along.square().sum() + trace.sum()).offset(by: -correction.logDeterminant).scaled(by: 0.5)
    }

    private func checkShape(_ shape: [Int], _ parameter: String) throws(TensorError) {
        guard shape == independent.eventShape else {
            throw .shape(
                operation: "source_posterior", parameter: parameter, shape: shape,
                expected: "\(independent.eventShape.shapeText), the kernels of its layers")
        }
    }

    /// Draws all kernels, in the order of the layers; `count` has to be their number.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try require(
            count == kernelCount, "source_posterior", "count", count,
            expected: "\(kernelCount), the kernels of its layers: they differ from place to place")
        let shape = independent.eventShape
        let drawn = try independent.sample(noise: Tensor.randn(shape, generator: generator))
        guard let directions else { return drawn }
        let steps = try Tensor.randn([1, directions.shape[0]], generator: generator)
        return try drawn + steps.matmul(directions).reshaped(shape)
    }

    /// Draws all kernels: those of each layer by its path.
    func sampleLayers(generator: RandomGenerator) throws(TensorError) -> [String: Tensor] {
        let all = try sample(kernelCount, generator: generator)
        var (parts, first): ([String: Tensor], Int) = ([:], 1)
        for layer in layers {
            parts[layer.path] = try all.slice(1, first, first + layer.count - 1)
            first += layer.count
        }
        return parts
    }

    /// Throws unless the layers of the group `name`, with their scales, are those of the prior, in the same order.
    func check(_ group: [(path: String, scale: Float)], of name: String) throws(TensorError) {
        try require(
            group.map(\.path) == layers.map(\.path), "prior_group", "layers of '\(name)'",
            group.map(\.path).joined(separator: ", "),
            expected: "those of its source posterior, in their order: \(layers.map(\.path).joined(separator: ", "))")
        for (own, layer) in zip(layers, group) where own.scale != layer.scale {
            throw .argument(
                operation: "prior_group", parameter: "scale of \(own.path)", value: "\(layer.scale)",
                expected: "\(own.scale), by which its source posterior was divided: the same bank for both, or none")
        }
    }
}

/// Files.
extension SourcePosterior {
    private static let paths = Setting<[String]>.part("layers", "the paths of the layers")
    private static let scales = Setting<[Float]>.part("scales", "what the kernels of each were divided by")
    private static let counts = Setting<[Int]>.part("counts", "how many kernels each has")

    /// "SourcePosterior".
    public static let kind = "SourcePosterior"

    /// None: it is made of networks.
    public static let declarations: [PriorDeclaration] = []

    /// The layers.
    public var configuration: Configuration {
        Configuration(
            kind: Self.kind, Self.paths(layers.map(\.path)), Self.scales(layers.map(\.scale)),
            Self.counts(layers.map(\.count)))
    }

    /// The means, the log-variances and the directions.
    public var tensors: [(name: String, tensor: Tensor)] {
        independent.tensors + (directions.map { [("directions", $0)] } ?? [])
    }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        let (paths, scales) = (try configuration[Self.paths], try configuration[Self.scales])
        let counts = try configuration[Self.counts]
        try require(
            scales.count == paths.count && counts.count == paths.count
                && counts.allSatisfy { NumberRange.count.contains(Double($0)) }, "load", "counts", counts,
            expected: "a scale and a number of kernels for each of \(paths.count) layers")
        try self.init(
            layers: paths.indices.map { LayerPlaces(path: paths[$0], scale: scales[$0], count: counts[$0]) },
            independent: Normal(mean: tensors.required("mean"), logVariance: tensors.required("log_variance")),
            directions: tensors["directions"])
    }
}
