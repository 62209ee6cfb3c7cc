import Foundation
import Layers
import Support
import Tensors

/// A variational autoencoder over convolution kernels (Kingma and Welling 2014): p(w) is the integral over codes z of
/// p(w | z) p(z), and r(z | w) approximates the posterior of the codes. p(z) is N(0, I) or a VampPrior.
public final class KernelVAE: DeclaredLayer {
    private static let encoderPart = Setting<JSON>.part("encoder", "r(z | w)")
    private static let decoderPart = Setting<JSON>.part("decoder", "p(w | z)")
    private static let pseudoInputCount = Setting<Int>.part("pseudo_inputs", default: 0, "components of p(z)")

    /// `KernelVAE`.
    public static let declarations = [
        LayerDeclaration(
            "KernelVAE", "A variational autoencoder over kernels.", encoderPart, decoderPart,
            pseudoInputCount)
    ]

    /// r(z | w).
    public let encoder: any ConditionalNormal
    /// p(w | z).
    public let decoder: any ConditionalNormal
    /// The kernels u, C x the kernel's shape, whose codes make p(z) = 1/C sum of r(z | u); nil where it is N(0, I).
    public let pseudoInputs: Tensor?

    /// Makes an autoencoder of `architecture`, with parameters drawn from `generator` as PyTorch draws them; the
    /// decoder adds `minimumVariance` (default 0) to each of its variances.
    ///
    /// - Parameter pseudoInputs: What the pseudo-inputs of a VampPrior start from, such as some of the kernels to be
    ///   trained on, C x the kernel's shape; nil, the default, for N(0, I).
    public convenience init(
        _ architecture: KernelArchitecture, minimumVariance: Float = 0, pseudoInputs: Tensor? = nil,
        generator: RandomGenerator
    ) throws(TensorError) {
        try self.init(
            encoder: GaussianNetwork(.encoder, architecture, generator: generator),
            decoder: GaussianNetwork(.decoder, architecture, minimumVariance: minimumVariance, generator: generator),
            pseudoInputs: pseudoInputs)
    }

    /// What the decoder adds to each variance, 0 where it is not a `GaussianNetwork`.
    public var minimumVariance: Float { (decoder as? GaussianNetwork)?.minimumVariance ?? 0 }

    /// Joins an encoder and a decoder; what the one gives must be what the other takes. `pseudoInputs` are copied.
    public init(
        encoder: any ConditionalNormal, decoder: any ConditionalNormal, pseudoInputs: Tensor? = nil
    ) throws(TensorError) {
        guard encoder.inputShape == decoder.outputShape, encoder.outputShape == decoder.inputShape,
            encoder.outputShape.count == 1
        else {
            throw .argument(
                operation: "kernel_vae", parameter: "encoder, decoder", value: "\(encoder.summary), \(decoder.summary)",
                expected: "kernels to a list of codes, and such codes to such kernels")
        }
        if let pseudoInputs {
            guard pseudoInputs.rank >= 1, pseudoInputs.shape[0] >= 1,
                Array(pseudoInputs.shape.dropFirst()) == encoder.inputShape
            else {
                throw .shape(
                    operation: "kernel_vae", parameter: Self.pseudoInputCount.declaration.name,
                    shape: pseudoInputs.shape, expected: "n x \(encoder.inputShape.shapeText), n of 1 or more")
            }
            try pseudoInputs.requireFinite("kernel_vae", Self.pseudoInputCount.declaration.name)
        }
        self.encoder = encoder
        self.decoder = decoder
        self.pseudoInputs = try pseudoInputs?.copy().requireGradient()
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

    /// The pseudo-inputs, where there are any.
    public var parameters: [(name: String, tensor: Tensor)] { pseudoInputs.map { [("pseudo_inputs", $0)] } ?? [] }

    /// "KernelVAE(3x3x3, latent_size = 6)", with the number of pseudo-inputs where there are any.
    public var summary: String {
        let inputs = pseudoInputs.map { ", pseudo_inputs = \($0.shape[0])" } ?? ""
        return "KernelVAE(\(kernelShape.shapeText), latent_size = \(latentSize)\(inputs))"
    }

    /// The kernels reconstructed from the means of their codes.
    public func callAsFunction(_ kernels: Tensor) throws(TensorError) -> Tensor {
        try decoder(encoder(kernels))
    }

    /// r(z | w) of each of n kernels.
    public func encode(_ kernels: Tensor) throws(TensorError) -> Normal { try encoder.distribution(kernels) }

    /// p(w | z) of each of n codes.
    public func decode(_ codes: Tensor) throws(TensorError) -> Normal { try decoder.distribution(codes) }

    /// p(z) as the encoder makes it of the pseudo-inputs; nil where it is N(0, I).
    public func codePrior() throws(TensorError) -> CodeMixture? {
        guard let pseudoInputs else { return nil }
        return try CodeMixture(encode(pseudoInputs))
    }

    /// Draws `count` kernels: codes from p(z), then kernels from p(w | z).
    ///
    /// - Parameter noisy: Whether kernels are drawn from p(w | z) (the default), so that they have the prior's
    ///   distribution; otherwise they are its means, which are smoother.
    public func sample(
        _ count: Int, noisy: Bool = true, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        try sample(count, noisy: noisy, codePrior: codePrior(), generator: generator)
    }

    /// Draws as above, with `codePrior` as p(z), N(0, I) where it is nil.
    func sample(
        _ count: Int, noisy: Bool, codePrior: CodeMixture?, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        let codes =
            if let codePrior {
                try codePrior.sample(count, generator: generator)
            } else {
                try Tensor.randn([count, latentSize], generator: generator)
            }
        let given = try decode(codes)
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
        try decoder.logMarginalBound(kernels, encoded: encode(kernels), codePrior: codePrior(), noise: noise)
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
        try KernelVAE(encoder: encoder.copy(), decoder: decoder.copy(), pseudoInputs: pseudoInputs)
    }

    /// The configurations of encoder and decoder, and the number of pseudo-inputs where there are any.
    public var configuration: Configuration {
        var result = Configuration(
            kind: "KernelVAE", Self.encoderPart(encoder.configuration.json),
            Self.decoderPart(decoder.configuration.json))
        if let pseudoInputs { result.settings.append(Self.pseudoInputCount(pseudoInputs.shape[0])) }
        return result
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
        let encoder = try side(Self.encoderPart)
        let count = try configuration[Self.pseudoInputCount]
        try self.init(
            encoder: encoder, decoder: side(Self.decoderPart),
            pseudoInputs: count == 0 ? nil : Tensor.zeros([count] + encoder.inputShape))
    }
}
