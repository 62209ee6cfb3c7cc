import Layers
import Support
import Tensors

/// The family that the posterior of a Bayesian convolution's weights belongs to, with what it has beside means and
/// log-variances.
public enum PosteriorFamily {
    /// Independent normals.
    case meanField
    /// One Gaussian for each kernel, whose weights may all be correlated: out x in x k (k - 1) / 2 numbers for kernels
    /// of k weights. They are S, the part below the diagonal, row by row, of the factor diag(sd) (I + S) of the
    /// covariance; the squares of sd are the variances of each weight given those before it.
    case fullCovariance(lower: Tensor)
    /// One Gaussian for each kernel, of the covariance diag(sd) (I + F Fᵀ) diag(sd): F is out x in x k x rank.
    case lowRank(factors: Tensor)
    /// A direction that is uniform and a radius that is normal, for all weights of the layer together: mean +
    /// sd sqrt(D) r e / |e| of D weights, r and e standard normal (Farquhar, Osborne and Gal 2020, equation 3). Their
    /// sigma is sd sqrt(D), so that sd is the deviation of each weight here, too.
    case radial
    /// What the decoder of an autoencoder makes of Gaussian codes.
    case latent(LatentPosterior)

    /// The names of the families in files and scripts.
    public enum Name: String, CaseIterable, Sendable {
        /// As `meanField`.
        case meanField = "mean_field"
        /// As `fullCovariance`.
        case fullCovariance = "full_covariance"
        /// As `lowRank`.
        case lowRank = "low_rank"
        /// As `radial`.
        case radial
        /// As `latent`.
        case latent
    }

    /// The name of the family.
    public static let nameSetting = Setting.choice(
        "posterior", of: Name.allCases.map(\.rawValue), default: Name.meanField.rawValue,
        "the family of the weights' posterior: 'mean_field', 'full_covariance' or 'low_rank' within each kernel, or "
            + "'radial'; 'latent' is set by bayes.use_latent_posterior")
    /// The number of factors of `lowRank`.
    public static let rankSetting = Setting.optionalInteger(
        "rank", "of 'low_rank': the number of factors; 2 by default")

    /// The factors that `lowRank` starts with: small random numbers, as at 0 they would have no gradient on average.
    static func startFactors(_ shape: [Int], _ generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Tensor.randn(shape, generator: generator).scaled(by: 0.1)
    }

    /// A family at its start for weights of `shape`: no correlations, or weak and random ones for `lowRank`.
    ///
    /// - Parameters:
    ///   - operation: What errors name.
    ///   - rank: The number of factors of `lowRank`, from 1 to the number of a kernel's weights; 2 by default.
    init(
        _ name: Name, rank: Int?, shape: [Int], operation: String, generator: RandomGenerator
    ) throws(TensorError) {
        try require(
            rank == nil || name == .lowRank, operation, Self.rankSetting.declaration.name, rank ?? 0,
            expected: "none with posterior = '\(name.rawValue)': it belongs to 'low_rank'")
        let (layer, size) = (Array(shape.prefix(2)), shape.dropFirst(2).reduce(1, *))
        switch name {
        case .meanField: self = .meanField
        case .radial: self = .radial
        case .fullCovariance:
            // The factor of one kernel, and the places of its elements.
            try Shape.requireMemory(size, size, MemoryLayout<Int>.stride)
            self = .fullCovariance(lower: try Tensor.zeros(layer + [size * (size - 1) / 2]).requireGradient())
        case .lowRank:
            let rank = rank ?? 2
            try require(
                (1...size).contains(rank), operation, Self.rankSetting.declaration.name, rank,
                expected: "from 1 to the number of a kernel's weights, \(size)")
            self = .lowRank(factors: try Self.startFactors(layer + [size, rank], generator).requireGradient())
        case .latent:
            throw .argument(
                operation: operation, parameter: Self.nameSetting.declaration.name, value: "'latent'",
                expected: "another family: bayes.use_latent_posterior(network, priors) sets this one, as it needs an "
                    + "autoencoder")
        }
    }

    /// The name.
    public var name: Name {
        switch self {
        case .meanField: .meanField
        case .fullCovariance: .fullCovariance
        case .lowRank: .lowRank
        case .radial: .radial
        case .latent: .latent
        }
    }

    /// What files keep of the family; nothing of `meanField`, as in files of earlier versions.
    var settings: [JSON.Member] {
        let name = Self.nameSetting(name.rawValue)
        return switch self {
        case .meanField: []
        case .fullCovariance, .radial: [name]
        case .lowRank(let factors): [name, Self.rankSetting(factors.shape.last)]
        case .latent(let latent): [name] + latent.settings
        }
    }

    /// What is trained beside means and log-variances.
    var parameters: [(name: String, tensor: Tensor)] {
        switch self {
        case .meanField, .radial, .latent: []
        case .fullCovariance(let lower): [("lower", lower)]
        case .lowRank(let factors): [("factors", factors)]
        }
    }

    /// How the deviations of n kernels' weights from their means depend on each other; independently where the family
    /// is `latent`, which has no such deviations.
    func dependence() throws(TensorError) -> KernelPosterior.Dependence {
        switch self {
        case .meanField, .latent: .none
        case .radial: .radial
        case .fullCovariance(let lower):
            .triangular(try lower.reshaped([lower.shape[0] * lower.shape[1], lower.shape[2]]))
        case .lowRank(let factors): .lowRank(try factors.reshaped([-1] + Array(factors.shape.dropFirst(2))))
        }
    }
}
