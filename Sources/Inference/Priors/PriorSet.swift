import Layers
import Support
import Tensors

/// The prior of a group of layers, whose kernels differ in scale from layer to layer.
///
/// The prior is that of kernels divided by their layer's scale. A divergence stays the same when both of its
/// distributions are divided, so the scales enter it only through the posterior; the density of a kernel itself is that
/// of the divided one over scale^(number of elements).
public struct PriorGroup {
    /// The name, such as "group1" or "encoder".
    public let name: String
    /// The paths of the layers, with the scale of each.
    public let layers: [(path: String, scale: Float)]
    /// The prior of the scaled kernels.
    public let prior: any KernelPrior

    /// Gives the layers at the paths `layers`, one at least, a prior; each scale must be above 0, and a source
    /// posterior's layers and scales must be these.
    public init(
        name: String, layers: [(path: String, scale: Float)], prior: any KernelPrior
    ) throws(TensorError) {
        try require(
            !layers.isEmpty, "prior_group", "layers of '\(name)'", "empty", expected: "the path of at least one layer")
        for (path, scale) in layers where !(scale > 0 && scale.isFinite) {
            throw .argument(
                operation: "prior_group", parameter: "scale of \(path)", value: "\(scale)",
                expected: "a finite number above 0")
        }
        try (prior as? SourcePosterior)?.check(layers, of: name)
        self.name = name
        self.layers = layers
        self.prior = prior.inGroup(name)
    }

    /// The group's layers in `network`, with path and scale; an error where one of them is no Bayesian convolution.
    func bayesianLayers(
        of network: any Layer
    ) throws(TensorError) -> [(path: String, scale: Float, layer: BayesianConvolution)] {
        let bayesian = network.bayesianLayers
        return try layers.map { path, scale throws(TensorError) in
            guard let layer = bayesian.first(where: { $0.path == path })?.layer else {
                throw .argument(
                    operation: "prior_group", parameter: "layers of group '\(name)'", value: "'\(path)'",
                    expected: bayesian.first.map { "Bayesian convolutions of the network, such as '\($0.path)'" }
                        ?? "a network with Bayesian convolutions, as bayes.UNet makes it")
            }
            return (path, scale, layer)
        }
    }

    /// The bound on the divergence of the group's posterior in `network` from the prior, in nats.
    ///
    /// A layer with a latent posterior is bound by its codes, and must have the prior's own decoder.
    public func bound(_ network: any Layer, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try inside("group '\(name)'") { () throws(TensorError) in
            var posteriors: [KernelPosterior] = []
            var bounds: [Tensor] = []
            for (path, scale, layer) in try bayesianLayers(of: network) {
                if case .latent(let latent) = layer.family {
                    bounds.append(try latent.bound(prior, scale: scale, path: path, generator: generator))
                } else {
                    let posterior = try layer.kernelPosterior()
                    try checkKernels(posterior.kernelShape, of: path)
                    posteriors.append(try posterior.divided(by: scale))
                }
            }
            if !posteriors.isEmpty { bounds.append(try posteriors.bound(prior, generator: generator)) }
            var total = bounds[0]
            for bound in bounds.dropFirst() { total = try total + bound }
            return total
        }
    }

    /// An error where a layer's kernels are not what the prior is of.
    private func checkKernels(_ shape: [Int], of path: String) throws(TensorError) {
        let expected = prior.eventShape
        guard shape == expected || !prior.isOfOneShape else {
            throw .shape(
                operation: "prior_group", parameter: "kernels of layer '\(path)'", shape: shape,
                expected: "\(expected.shapeText), of which the prior is")
        }
    }
}

/// The priors of a network, one for each group of layers.
public struct PriorSet {
    /// The groups, in order.
    public let groups: [PriorGroup]

    /// Joins groups, one at least; no layer may be in two.
    public init(_ groups: [PriorGroup]) throws(TensorError) {
        try require(
            !groups.isEmpty, "prior_set", "groups", "empty",
            expected: "at least one group: without a prior nothing holds the posterior")
        var owners: [String: String] = [:]
        for group in groups {
            for (path, _) in group.layers {
                let former = owners.updateValue(group.name, forKey: path)
                try require(
                    former == nil, "prior_set", "layer '\(path)'",
                    "in the groups '\(former ?? "")' and '\(group.name)'", expected: "each layer once")
            }
        }
        self.groups = groups
    }

    /// The group and the scale of the layer at `path`.
    public func group(of path: String) throws(TensorError) -> (group: PriorGroup, scale: Float) {
        for group in groups {
            if let layer = group.layers.first(where: { $0.path == path }) { return (group, layer.scale) }
        }
        throw .argument(
            operation: "prior_set", parameter: "layer", value: "'\(path)'", expected: "a layer that has a prior")
    }

    /// Draws kernels of `layers`, as many as each has, in the units of the weights: n x the kernel's shape for each.
    ///
    /// Those of a source posterior are drawn for all layers of its group at once.
    func draw(
        _ layers: [(path: String, count: Int)], generator: RandomGenerator
    ) throws(TensorError) -> [Tensor] {
        var placed: [String: Tensor] = [:]
        var drawn: [Tensor] = []
        for (path, count) in layers {
            let (group, scale) = try self.group(of: path)
            if let source = group.prior as? SourcePosterior, placed[path] == nil {
                placed.merge(try source.sampleLayers(generator: generator)) { $1 }
            }
            let kernels =
                if let own = placed[path] { own } else { try group.prior.sample(count, generator: generator) }
            guard kernels.shape.first == count else {
                throw .shape(
                    operation: "prior_set", parameter: "kernels of \(path)", shape: kernels.shape,
                    expected: "\(count), as the network has: a source posterior is of networks of the same sizes")
            }
            drawn.append(try kernels.scaled(by: scale))
        }
        return drawn
    }

    /// The paths of the Bayesian convolutions of `network` that no group holds: their posterior has no prior.
    public func uncovered(in network: any Layer) -> [String] {
        let covered = Set(groups.flatMap { $0.layers.map(\.path) })
        return network.bayesianLayers.map(\.path).filter { !covered.contains($0) }
    }

    /// What is trained together with the posterior, named by group; what several groups share, by the first of them.
    public var parameters: [(name: String, tensor: Tensor)] {
        get throws(TensorError) {
            var found: [(name: String, tensor: Tensor)] = []
            var seen: Set<ObjectIdentifier> = []
            for group in groups {
                found += try inside("group '\(group.name)'") { () throws(TensorError) in
                    try group.prior.parameters.map { ("\(group.name).\($0.name)", $0.tensor) }
                }
            }
            return found.filter { seen.insert(ObjectIdentifier($0.tensor)).inserted }
        }
    }
}
