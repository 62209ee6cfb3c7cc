import Layers
import Support
import Tensors

/// What files keep of an implicit prior: the autoencoder, the encoder's mode, the codes where it is collapsed, and the
/// estimate with its control variate.
extension VAEPrior {
    private static let network = Setting<JSON>.part("autoencoder", "the autoencoder")
    private static let encoderMode = Setting<String>.part("encoder", "where r(z | w) comes from")
    private static let codesOfKernel = Setting<Int>.part("samples", "codes for each kernel")
    private static let drawn = Setting<Int?>.part("share", default: .some(nil), "kernels that stand for all")
    private static let control = Setting<JSON?>.part("control_variate", default: .some(nil), "the control variate")

    /// "VAEPrior".
    public static let kind = "VAEPrior"

    /// None: scripts make it of an autoencoder.
    public static let declarations: [PriorDeclaration] = []

    /// The settings.
    public var configuration: Configuration {
        get throws(TensorError) {
            Configuration(
                kind: Self.kind, Self.network(autoencoder.configuration.json), Self.encoderMode(mode.rawValue),
                Self.codesOfKernel(estimate.samples), Self.drawn(estimate.share),
                Self.control(try estimate.controlVariate?.configuration.json))
        }
    }

    /// The parameters of the autoencoder, the codes, and the tensors of the control variate.
    public var tensors: [(name: String, tensor: Tensor)] {
        get throws(TensorError) {
            var result: [(name: String, tensor: Tensor)] = []
            for (name, tensor) in autoencoder.namedParameters { result.append(("autoencoder." + name, tensor)) }
            if let codes { result += [("codes.mean", codes.mean), ("codes.log_variance", codes.logVariance)] }
            // The encoder may have been trained since, so p(z) is not what it makes of the pseudo-inputs now.
            if let mixture = codePrior?.components {
                result += [("code_prior.mean", mixture.mean), ("code_prior.log_variance", mixture.logVariance)]
            }
            for (name, tensor) in try estimate.controlVariate?.tensors ?? [] {
                result.append(("control_variate." + name, tensor))
            }
            return result
        }
    }

    /// Makes the prior again from what a file kept.
    public convenience init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        let layer = try LayerDecoder.inference.layer(
            Configuration(configuration[Self.network]), generator: RandomGenerator(seed: 0))
        let name = try configuration[Self.encoderMode]
        guard let autoencoder = layer as? KernelVAE, let mode = Mode(rawValue: name) else {
            throw .argument(
                operation: "load", parameter: "autoencoder, encoder", value: "\(layer.summary), '\(name)'",
                expected: "a KernelVAE, and one of \(Mode.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        try autoencoder.load(tensors.below("autoencoder."))
        var estimate = Estimate(
            samples: try configuration[Self.codesOfKernel], share: try configuration[Self.drawn])
        if let control = try configuration[Self.control] {
            let prior = try decoder.prior(Configuration(control), tensors: tensors.below("control_variate."))
            estimate.controlVariate = prior as? any KernelPrior & Distribution
        }
        var codes: Normal?
        if mode == .collapsed {
            codes = try Normal(
                mean: tensors.required("codes.mean"), logVariance: tensors.required("codes.log_variance"))
        }
        var codePrior: CodeMixture?
        if autoencoder.pseudoInputs != nil {
            codePrior = try CodeMixture(
                Normal(
                    mean: tensors.required("code_prior.mean"),
                    logVariance: tensors.required("code_prior.log_variance")))
        }
        try self.init(autoencoder, mode: mode, codes: codes, codePrior: codePrior, estimate: estimate)
    }
}

extension LayerDecoder {
    /// A decoder that knows the layers of this module too: Bayesian convolutions and autoencoders.
    public static var inference: LayerDecoder {
        standard.adding(BayesianConvolution.self, GaussianNetwork.self, KernelVAE.self)
    }
}
