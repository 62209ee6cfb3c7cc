import Layers
import Support
import Tensors

/// What files keep of an implicit prior: the autoencoder, the encoder's mode, the codes where it is collapsed, and the
/// estimate with its control variate.
extension VAEPrior {
    /// The settings.
    public var configuration: Configuration {
        var result = Configuration(
            kind: PriorKind.vae.rawValue,
            [
                "autoencoder": autoencoder.configuration.json, "encoder": .string(mode.rawValue),
                "samples": .integer(estimate.samples),
            ])
        if let share = estimate.share { result.settings.append(JSON.Member("share", .integer(share))) }
        if let gaussian = estimate.controlVariate {
            result.settings.append(JSON.Member("control_variate", gaussian.configuration.json))
        }
        return result
    }

    /// The parameters of the autoencoder, the codes, and the tensors of the control variate.
    public var tensors: [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for (name, tensor) in autoencoder.namedParameters { result.append(("autoencoder." + name, tensor)) }
        if let codes { result += [("codes.mean", codes.mean), ("codes.log_variance", codes.logVariance)] }
        for (name, tensor) in estimate.controlVariate?.tensors ?? [] {
            result.append(("control_variate." + name, tensor))
        }
        return result
    }

    /// Makes the prior again from what a file kept.
    public convenience init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError) {
        let layer = try LayerDecoder.inference.layer(
            Configuration(configuration.value("autoencoder")), generator: RandomGenerator(seed: 0))
        let name = try configuration.text("encoder")
        guard let autoencoder = layer as? KernelVAE, let mode = Mode(rawValue: name) else {
            throw .argument(
                operation: "load", parameter: "autoencoder, encoder", value: "\(layer.summary), '\(name)'",
                expected: "a KernelVAE, and one of \(Mode.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        try autoencoder.load(tensors.below("autoencoder."))
        var estimate = Estimate(samples: try configuration.integer("samples"))
        if configuration.settings.contains(where: { $0.name == "share" }) {
            estimate.share = try configuration.integer("share")
        }
        if configuration.settings.contains(where: { $0.name == "control_variate" }) {
            let prior = try PriorKind.prior(
                Configuration(configuration.value("control_variate")), tensors: tensors.below("control_variate."))
            estimate.controlVariate = prior as? any KernelPrior & Distribution
        }
        var codes: Normal?
        if mode == .collapsed {
            codes = try Normal(
                mean: tensors.required("codes.mean"), logVariance: tensors.required("codes.log_variance"))
        }
        try self.init(autoencoder, mode: mode, codes: codes, estimate: estimate)
    }
}

extension LayerDecoder {
    /// A decoder that knows the layers of this module too: Bayesian convolutions and autoencoders.
    public static var inference: LayerDecoder {
        standard.adding(BayesianConvolution.self, GaussianNetwork.self, LinearNormal.self, KernelVAE.self)
    }
}
