import Layers
import Support
import Tensors

/// What variational inference minimises: loss + beta x KLbound / (N x V), the negative evidence lower bound divided by
/// the number of voxels where beta is 1 and the loss a mean negative log-likelihood.
public struct VariationalObjective {
    /// The priors, by group of layers.
    public let priors: PriorSet
    /// N, the number of volumes in the training set.
    public let volumes: Int
    /// V, the number of voxels of a volume where the loss is a mean over voxels, 1 where it is a sum.
    public let voxels: Int
    /// The weight of the bound once it is warm; 1 by default.
    public let beta: Double
    /// The number of steps over which beta grows from 0, linearly; 0, the default, for none.
    public let warmUp: Int

    /// The parts of the objective at one step.
    public struct Terms {
        /// What is minimised.
        public let total: Tensor
        /// The data term.
        public let loss: Tensor
        /// The bound on the divergence of each group, in nats.
        public let bounds: [(name: String, value: Tensor)]
        /// The weight of the bound at this step.
        public let beta: Double
    }

    /// Describes an objective; an error names the parameter that is out of range.
    public init(
        priors: PriorSet, volumes: Int, voxels: Int, beta: Double = 1, warmUp: Int = 0
    ) throws(TensorError) {
        self.volumes = try positive(volumes, "objective", "volumes")
        self.voxels = try positive(voxels, "objective", "voxels")
        try require(beta >= 0 && beta.isFinite, "objective", "beta", beta, expected: "a finite number of 0 or more")
        try require(warmUp >= 0, "objective", "warm_up", warmUp, expected: "0 steps or more")
        self.priors = priors
        self.beta = beta
        self.warmUp = warmUp
    }

    /// The weight of the bound at `step`, which counts from 1.
    public func beta(at step: Int) -> Double {
        warmUp > 0 ? beta * min(1, Double(max(step, 0)) / Double(warmUp)) : beta
    }

    /// The objective at `step`, which counts from 1.
    ///
    /// Throws where the loss does not depend on variances that are trained: the network that gave it computed with its
    /// mean weights, or with weights drawn before, and the variances would follow the prior alone.
    ///
    /// - Parameters:
    ///   - loss: The data term, a scalar, from the network in its training mode; one without a gradient is added
    ///     unchecked.
    ///   - network: The network whose Bayesian convolutions have the posteriors.
    ///   - generator: Where the draws of weights and codes come from; they do not depend on the noise in the loss.
    public func callAsFunction(
        loss: Tensor, network: any Layer, step: Int, generator: RandomGenerator
    ) throws(TensorError) -> Terms {
        try checkReach(of: loss, in: network)
        var bounds: [(name: String, value: Tensor)] = []
        var total = loss
        let weight = beta(at: step)
        let factor = Float(weight / (Double(volumes) * Double(voxels)))
        for group in priors.groups {
            let bound = try group.bound(network, generator: generator)
            bounds.append((group.name, bound))
            total = try total + bound.scaled(by: factor)
        }
        return Terms(total: total, loss: loss, bounds: bounds, beta: weight)
    }

    private func checkReach(of loss: Tensor, in network: any Layer) throws(TensorError) {
        guard loss.requiresGradient else { return }
        let layers = network.bayesianLayers.filter(\.layer.trainedLogVariance.requiresGradient)
        let missed = zip(layers, loss.dependsOn(layers.map(\.layer.trainedLogVariance))).filter { !$0.1 }.map(\.0.path)
        guard let first = missed.first else { return }
        let others = missed.count > 1 ? " and \(missed.count - 1) more" : ""
        throw .argument(
            operation: "objective", parameter: "loss",
            value: "independent of the variances of '\(first)'\(others)",
            expected: "the loss of this network in the mode 'train': bayes.set_mode(network, 'train') before it is "
                + "computed")
    }
}
