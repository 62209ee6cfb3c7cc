import Layers
import Support
import Tensors

/// How the parameters of a density are fitted to kernels: by Adam, which maximises the mean log density of batches.
///
/// It is the fit of priors that have no better one; those with a closed form or an EM algorithm do not need it.
public struct LikelihoodTraining: Sendable {
    /// Passes through the training kernels.
    public var epochs: Int
    /// Kernels a step.
    public var batchSize: Int
    /// Adam's learning rate in the first step, from which it falls linearly to 0.
    public var learningRate: Double
    /// The share of the kernels, drawn once, that choose the epoch whose parameters are kept; 0 for none: then the last
    /// epoch's are kept.
    public var heldOut: Double
    /// The number of epochs without a better one after which the training ends early; 0 for never.
    public var patience: Int

    /// Settings; by default 100 epochs of batches of 128, a rate of 0.01, a tenth held out, and no early end.
    public init(
        epochs: Int = 100, batchSize: Int = 128, learningRate: Double = 0.01, heldOut: Double = 0.1, patience: Int = 0
    ) {
        (self.epochs, self.batchSize, self.learningRate) = (epochs, batchSize, learningRate)
        (self.heldOut, self.patience) = (heldOut, patience)
    }

    /// What is known after an epoch: the mean log density of the training kernels during it, in nats a kernel, and that
    /// of the kernels held out, nil without any.
    public struct Epoch: Sendable {
        /// The epoch, counted from 1.
        public let number: Int
        /// The mean log density of the training kernels, as it was during the epoch.
        public let training: Double
        /// The mean log density of the kernels held out.
        public let heldOut: Double?

        /// What epochs are compared by: without kernels to choose by, the last is the best.
        fileprivate var score: Double { heldOut ?? Double(number) }
    }

    /// Fits `parameters`, leaves with gradients, and leaves them with the values of the best epoch; after an error or
    /// an interrupt, with those of the best one so far, or of the start.
    ///
    /// - Parameters:
    ///   - bank: The kernels, n x the kernel's shape.
    ///   - validation: Other kernels that choose the epoch, instead of a share of `bank`.
    ///   - generator: Where the order of the kernels comes from.
    ///   - progress: Told of each epoch; an error that it throws ends the training.
    ///   - density: The log density of each of the kernels it is given, computed from `parameters`.
    /// - Returns: The epoch whose values were kept.
    @discardableResult
    public func fit(
        _ parameters: [(name: String, tensor: Tensor)], to bank: Tensor, validation: Tensor? = nil,
        generator: RandomGenerator, progress: (Epoch) throws(TensorError) -> Void = { _ throws(TensorError) in },
        density: (Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Epoch {
        try check(parameters, bank)
        let division = try KernelVAETrainingRun.divide(
            bank.detached(), validation?.detached(), share: heldOut, generator)
        let count = division.kernels.shape[0]
        let size = min(batchSize, count)
        let batches = (count + size - 1) / size
        let optimiser = try Adam(parameters, learningRate: learningRate)
        let (steps, overflow) = epochs.multipliedReportingOverflow(by: batches)
        let rate = Decay(.line, steps: overflow ? .max : steps)
        func values() throws(TensorError) -> [Tensor] {
            try parameters.map { parameter throws(TensorError) in try parameter.tensor.copy() }
        }
        var best: Epoch?
        var kept = try values()
        defer {
            for (parameter, value) in zip(parameters, kept) {
                parameter.tensor.putBack(value)
                parameter.tensor.gradient = nil
            }
        }
        for number in 1...epochs {
            var sum = 0.0
            let order = generator.permutation(count).map { $0 + 1 }
            for (index, start) in stride(from: 0, to: count, by: size).enumerated() {
                let batch = try division.kernels.indexSelect(1, Array(order[start..<min(start + size, count)]))
                let value = try density(batch).mean()
                guard value.requiresGradient else {
                    throw .gradient(
                        reason: "fit: log_prob does not depend on any of the parameters "
                            + parameters.map { "'\($0.name)'" }.joined(separator: ", ")
                            + " (expected a density that is computed from them by tensor operations)")
                }
                sum += Double(try value.item()) * Double(batch.shape[0])
                for parameter in parameters { parameter.tensor.gradient = nil }
                try value.negated().backward()
                optimiser.learningRateFactor = rate.factor(at: (number - 1) &* batches &+ index)
                try optimiser.step()
            }
            let check = try division.heldOut.map { rest throws(TensorError) in
                try GradientMode.disabled { () throws(TensorError) in Double(try density(rest).mean().item()) }
            }
            let epoch = Epoch(number: number, training: sum / Double(count), heldOut: check)
            if best.map({ epoch.score > $0.score }) ?? true { (best, kept) = (epoch, try values()) }
            try progress(epoch)
            if patience > 0, check != nil, number - (best?.number ?? 0) >= patience { break }
        }
        guard let best else {
            throw .argument(operation: "fit", parameter: "epochs", value: "0", expected: "1 or more")
        }
        return best
    }

    private func check(_ parameters: [(name: String, tensor: Tensor)], _ bank: Tensor) throws(TensorError) {
        try positive(epochs, "fit", "epochs")
        try positive(batchSize, "fit", "batch_size")
        try require((0..<1).contains(heldOut), "fit", "held_out", heldOut, expected: "from 0 to below 1")
        try require(patience >= 0, "fit", "patience", patience, expected: "a number of epochs, 0 for no early end")
        try require(
            !parameters.isEmpty, "fit", "parameters", "empty",
            expected: "tensors with requires_grad among the fields of the prior, or a function fit(kernels) of its own")
        guard bank.rank >= 1, bank.shape[0] >= 1 else {
            throw .shape(operation: "fit", parameter: "kernels", shape: bank.shape, expected: "n x kernel")
        }
    }
}
