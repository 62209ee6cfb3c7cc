import Foundation
import Kernels
import Layers
import Support
import Synchronization
import Tensors

/// The encoder or the decoder of an autoencoder over kernels: a trunk of convolutions, then two convolutions of size 1,
/// one for the mean and one for the variance of each element of the output.
public final class GaussianNetwork: ConditionalNormal, DeclaredLayer {
    /// Which side of the autoencoder a network is.
    public enum Role: String, CaseIterable, Sendable {
        /// From kernels to codes.
        case encoder = "KernelEncoder"
        /// From codes to kernels.
        case decoder = "KernelDecoder"
    }

    /// How the variance head's output h is read.
    enum VarianceForm: Sendable {
        /// h is the logarithm of the variance.
        case logarithm
        /// The variance is log(1 + e^h).
        case softplus
    }

    private static let shape = Setting<[Int]>.part("kernel_shape", "the shape of a kernel")
    private static let codes = Setting<Int>.part("latent_size", "the number of codes")
    private static let hidden = Setting<Int>.part("hidden_channels", "what the other sizes are multiples of")
    // Files from before there was a least variance have none.
    private static let leastVariance = Setting<Float>.part("min_variance", default: 0, "what is added to each variance")

    /// A declaration for each side.
    public static let declarations = Role.allCases.map { role in
        LayerDeclaration(
            role.rawValue, "One side of an autoencoder over kernels.", shape, codes, hidden, leastVariance)
    }

    /// Which side this is.
    public let role: Role
    /// The sizes.
    public let architecture: KernelArchitecture
    /// What is added to each variance, so that none is less: it keeps a decoder from being too sure of kernels that it
    /// has memorised. 0, as in published weights, adds nothing.
    public var minimumVariance: Float
    /// Trunk, mean head and variance head, with the names of the published weights.
    public let children: [(name: String, layer: any Layer)]
    private let trunk: Sequential
    private let meanHead: any Layer
    private let varianceHead: any Layer
    private let varianceForm: VarianceForm
    private let arranged = Mutex<(versions: [Int], minimumVariance: Float, network: FrozenNetwork)?>(nil)

    /// A network with its parameters as they are, arranged for speed.
    private enum FrozenNetwork {
        case encoder(PooledEncoder)
        case decoder(FactorisedDecoder)
    }

    /// Makes one side of `architecture`, with parameters drawn from `generator`; `minimumVariance` (default 0) is
    /// finite and not negative.
    public init(
        _ role: Role, _ architecture: KernelArchitecture, minimumVariance: Float = 0, generator: RandomGenerator
    ) throws(TensorError) {
        try require(
            minimumVariance >= 0 && minimumVariance.isFinite, "kernel_vae", Self.leastVariance.declaration.name,
            minimumVariance, expected: "a finite number of 0 or more")
        self.role = role
        self.architecture = architecture
        self.minimumVariance = minimumVariance
        let plan = role == .encoder ? architecture.encoderPlan : architecture.decoderPlan
        let dimensions = architecture.kernelShape.count
        trunk = try Sequential(
            plan.trunk.map { step throws(TensorError) in try step.layer(dimensions: dimensions, generator: generator) })
        let head = TrunkStep.convolution(plan.head.inputs, plan.head.outputs, kernelSize: 1)
        meanHead = try head.layer(dimensions: dimensions, generator: generator)
        varianceHead = try head.layer(dimensions: dimensions, generator: generator)
        varianceForm = plan.varianceForm
        children = [(plan.trunkName, trunk), (plan.meanName, meanHead), (plan.varianceName, varianceHead)]
    }

    /// Makes the side that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let architecture = try KernelArchitecture(
            kernelShape: configuration[Self.shape], latentSize: configuration[Self.codes],
            hiddenChannels: configuration[Self.hidden])
        try self.init(
            Role(rawValue: configuration.kind) ?? .encoder, architecture,
            minimumVariance: configuration[Self.leastVariance], generator: generator)
    }

    /// What files keep of the side: its kind and sizes, and its least variance where it has one.
    public var configuration: Configuration {
        var result = Configuration(
            kind: role.rawValue, Self.shape(architecture.kernelShape), Self.codes(architecture.latentSize),
            Self.hidden(architecture.hiddenChannels))
        if minimumVariance > 0 { result.settings.append(Self.leastVariance(minimumVariance)) }
        return result
    }

    /// "KernelEncoder(3x3x3, latent_size = 6, hidden_channels = 32)".
    public var summary: String {
        "\(role.rawValue)(\(architecture.kind.rawValue), latent_size = \(architecture.latentSize), "
            + "hidden_channels = \(architecture.hiddenChannels))"
    }

    /// The shape of one input: a kernel's for the encoder, the number of codes for the decoder.
    public var inputShape: [Int] { role == .encoder ? architecture.kernelShape : [architecture.latentSize] }

    /// The shape of one output: the number of codes for the encoder, a kernel's for the decoder.
    public var outputShape: [Int] { role == .encoder ? [architecture.latentSize] : architecture.kernelShape }

    /// The Gaussian for each of n inputs, n x `inputShape`.
    public func distribution(_ input: Tensor) throws(TensorError) -> Normal {
        guard Array(input.shape.dropFirst()) == inputShape, input.rank == inputShape.count + 1 else {
            throw .shape(
                operation: summary, parameter: "input", shape: input.shape, expected: "n x \(inputShape.shapeText)")
        }
        let count = input.shape[0]
        if case .encoder(let encoder) = frozenNetwork {
            let outputs = try input.encoded(by: encoder)
            let codes = architecture.latentSize
            return try Normal(mean: outputs.slice(2, 1, codes), logVariance: outputs.slice(2, codes + 1, 2 * codes))
        }
        let dimensions = architecture.kernelShape.count
        let volumes =
            role == .encoder
            ? [count, 1] + inputShape : [count, architecture.latentSize] + [Int](repeating: 1, count: dimensions)
        let features = try trunk(input.reshaped(volumes))
        let mean = try meanHead(features).reshaped([count] + outputShape)
        let raw = try varianceHead(features).reshaped([count] + outputShape)
        return try Normal(mean: mean, logVariance: logVariance(raw))
    }

    /// The log-variances from the variance head's outputs: log(variance + the least variance).
    private func logVariance(_ raw: Tensor) throws(TensorError) -> Tensor {
        // Far below zero softplus rounds to 0, whose logarithm would be infinite.
        let own = try varianceForm == .logarithm ? raw : raw.softplus().offset(by: 1e-12).log()
        guard minimumVariance > 0 else { return own }
        let floor = log(minimumVariance)
        return try own.offset(by: -floor).softplus().offset(by: floor)
    }

    /// -log p(w | z) of each of n kernels, one code each: place by place where the decoder's layers allow it and its
    /// parameters are frozen, and otherwise as other networks do.
    public func negativeLogLikelihood(_ kernels: Tensor, codes: Tensor) throws(TensorError) -> Tensor {
        let count = codes.shape.prefix(1)
        guard case .decoder(let decoder) = frozenNetwork, codes.shape == count + inputShape,
            kernels.shape == count + outputShape
        else { return try distributionLikelihood(kernels, codes: codes) }
        return try codes.negativeLogLikelihood(of: kernels, decoder: decoder)
    }

    /// The network arranged for speed, anew whenever a parameter has changed; nil where a parameter is trained, or the
    /// architecture cannot be frozen.
    private var frozenNetwork: FrozenNetwork? {
        let parameters = namedParameters.map(\.tensor)
        guard architecture.canBeFrozen, !parameters.contains(where: \.requiresGradient) else { return nil }
        let versions = parameters.map(\.storage.version)
        if let arranged = arranged.withLock({ $0 }), arranged.versions == versions,
            arranged.minimumVariance == minimumVariance
        {
            return arranged.network
        }
        let (layers, heads) = (trunk.children.map(\.layer), [meanHead, varianceHead])
        let network: FrozenNetwork =
            switch role {
            case .encoder: .encoder(PooledEncoder(trunk: layers, heads: heads))
            case .decoder:
                .decoder(FactorisedDecoder(trunk: layers, heads: heads, minimumVariance: minimumVariance))
            }
        arranged.withLock { $0 = (versions, minimumVariance, network) }
        return network
    }

    /// A network of the same sizes whose own parameters start at this one's.
    public func copy() throws(TensorError) -> GaussianNetwork {
        let result = try GaussianNetwork(
            role, architecture, minimumVariance: minimumVariance, generator: RandomGenerator(seed: 0))
        try result.load(stateDictionary)
        return result
    }
}

extension TrunkStep {
    /// The layer of this step in the given number of dimensions.
    fileprivate func layer(dimensions: Int, generator: RandomGenerator) throws(TensorError) -> any Layer {
        switch self {
        case .convolution(let inputs, let outputs, let kernelSize, let padding):
            let specification = try ConvolutionSpecification(
                dimensions: dimensions, inputChannels: inputs, outputChannels: outputs, kernelSize: [kernelSize],
                padding: [padding])
            return try Convolution(specification, generator: generator)
        case .transposed(let inputs, let outputs, let kernelSize):
            let specification = try ConvolutionSpecification(
                dimensions: dimensions, inputChannels: inputs, outputChannels: outputs, kernelSize: [kernelSize])
            return try TransposedConvolution(specification, generator: generator)
        case .maxPool(let padding): return try MaxPool(dimensions: dimensions, kernelSize: [2], padding: [padding])
        case .elu: return Activation(.elu)
        }
    }
}
