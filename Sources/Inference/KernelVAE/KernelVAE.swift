import Foundation
import Layers
import Support
import Tensors

/// A variational autoencoder over convolution kernels (Kingma and Welling 2014): p(w) is the integral over codes z of
/// p(w | z) N(z; 0, I), and r(z | w) approximates the posterior of the codes.
public final class KernelVAE: DeclaredLayer {
    private static let encoderPart = Setting<JSON>.part("encoder", "r(z | w)")
    private static let decoderPart = Setting<JSON>.part("decoder", "p(w | z)")

    /// `KernelVAE`.
    public static let declarations = [
        LayerDeclaration("KernelVAE", "A variational autoencoder over kernels.", encoderPart, decoderPart)
    ]

    /// r(z | w).
    public let encoder: any ConditionalNormal
    /// p(w | z).
    public let decoder: any ConditionalNormal

    /// Makes an autoencoder of `architecture`, with parameters drawn from `generator` as PyTorch draws them; the
    /// decoder adds `minimumVariance` (default 0) to each of its variances.
    public init(
        _ architecture: KernelArchitecture, minimumVariance: Float = 0, generator: RandomGenerator
    ) throws(TensorError) {
        encoder = try GaussianNetwork(.encoder, architecture, generator: generator)
        decoder = try GaussianNetwork(
            .decoder, architecture, minimumVariance: minimumVariance, generator: generator)
    }

    /// What the decoder adds to each variance, 0 where it is not a `GaussianNetwork`.
    public var minimumVariance: Float { (decoder as? GaussianNetwork)?.minimumVariance ?? 0 }

    /// Joins an encoder and a decoder; what the one gives must be what the other takes.
    public init(encoder: any ConditionalNormal, decoder: any ConditionalNormal) throws(TensorError) {
        guard encoder.inputShape == decoder.outputShape, encoder.outputShape == decoder.inputShape,
            encoder.outputShape.count == 1
        else {
            throw .argument(
                operation: "kernel_vae", parameter: "encoder, decoder", value: "\(encoder.summary), \(decoder.summary)",
                expected: "kernels to a list of codes, and such codes to such kernels")
        }
        self.encoder = encoder
        self.decoder = decoder
    }

    /// How many codes a thread decodes at a time where there are many: enough that an operation's fixed cost does not
    /// count, and few enough for the activations to stay in a cache; a whole number of tiles.
    static let codesAtOnce = 384
    /// How many kernels of a training batch go through the networks together: all of a usual batch, so that its
    /// operations arrange the weights once.
    static let trainedAtOnce = 128

    /// The shape of a kernel.
    public var kernelShape: [Int] { decoder.outputShape }

    /// The number of codes of a kernel.
    public var latentSize: Int { decoder.inputShape.reduce(1, *) }

    /// Encoder and decoder, unnamed: the names of their own children are complete.
    public var children: [(name: String, layer: any Layer)] { [("", encoder), ("", decoder)] }

    /// "KernelVAE(3x3x3, latent_size = 6)".
    public var summary: String { "KernelVAE(\(kernelShape.shapeText), latent_size = \(latentSize))" }

    /// The kernels reconstructed from the means of their codes.
    public func callAsFunction(_ kernels: Tensor) throws(TensorError) -> Tensor {
        try decoder(encoder(kernels))
    }

    /// r(z | w) of each of n kernels.
    public func encode(_ kernels: Tensor) throws(TensorError) -> Normal { try encoder.distribution(kernels) }

    /// p(w | z) of each of n codes.
    public func decode(_ codes: Tensor) throws(TensorError) -> Normal { try decoder.distribution(codes) }

    /// Draws `count` kernels: codes from N(0, I), then kernels from p(w | z).
    ///
    /// - Parameter noisy: Whether kernels are drawn from p(w | z) (the default), so that they have the prior's
    ///   distribution; otherwise they are its means, which are smoother.
    public func sample(
        _ count: Int, noisy: Bool = true, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        let given = try decode(Tensor.randn([count, latentSize], generator: generator))
        guard noisy else { return given.mean }
        return try given.sample(noise: Tensor.randn(given.mean.shape, generator: generator))
    }

    /// A lower bound on log p(w) of each of n kernels, in nats: the ELBO for one sample, the importance-weighted bound
    /// for more.
    public func bound(
        _ kernels: Tensor, samples: Int = 1, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        let count = kernels.shape.first ?? 0
        return try bound(kernels, noise: noise(samples: samples, count: count, generator: generator))
    }

    /// The bound for given normal numbers, samples x n x the number of codes.
    func bound(_ kernels: Tensor, noise: Tensor) throws(TensorError) -> Tensor {
        try decoder.logMarginalBound(kernels, encoded: encode(kernels), noise: noise)
    }

    /// Normal numbers for the codes of `count` kernels.
    func noise(samples: Int, count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Tensor.randn([positive(samples, "bound", "samples"), count, latentSize], generator: generator)
    }

    /// The mean of `bound` over a bank of kernels, without gradients and a part of the bank at a time.
    public func meanBound(
        _ bank: Tensor, samples: Int = 1, generator: RandomGenerator
    ) throws(TensorError) -> Double {
        try GradientMode.disabled { () throws(TensorError) in
            let rows = max(1, Self.codesAtOnce / max(samples, 1))
            let count = bank.shape.first ?? 0
            let generators = (0..<(count + rows - 1) / rows).map { _ in generator.split() }
            let sum = try ChunkedSum(of: [bank], parameters: nil, rows: rows) { parts, first, _ throws(TensorError) in
                try bound(parts[0], samples: samples, generator: generators[(first - 1) / rows]).sum()
            }
            return sum.value / Double(max(count, 1))
        }
    }

    /// An autoencoder with parameters of its own, which start at this one's.
    public func copy() throws(TensorError) -> KernelVAE {
        try KernelVAE(encoder: encoder.copy(), decoder: decoder.copy())
    }

    /// The configurations of encoder and decoder.
    public var configuration: Configuration {
        Configuration(
            kind: "KernelVAE", Self.encoderPart(encoder.configuration.json),
            Self.decoderPart(decoder.configuration.json))
    }

    /// Makes the autoencoder that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        func side(_ part: Setting<JSON>) throws(TensorError) -> any ConditionalNormal {
            let layer = try decoder.layer(Configuration(configuration[part]), generator: generator)
            guard let side = layer as? any ConditionalNormal else {
                throw .argument(
                    operation: "load", parameter: part.declaration.name, value: layer.summary,
                    expected: "an encoder or a decoder")
            }
            return side
        }
        try self.init(encoder: side(Self.encoderPart), decoder: side(Self.decoderPart))
    }
}
