import Layers
import Support
import Tensors

/// How an autoencoder over kernels is trained.
public struct KernelVAETraining: Sendable {
    /// Passes through the training kernels.
    public var epochs: Int
    /// Kernels a step.
    public var batchSize: Int
    /// Adam's learning rate in the first step.
    public var learningRate: Double
    /// How the rate changes from step to step, given the number of all steps; to 0 in a straight line by default.
    public var schedule: @Sendable (_ steps: Int) -> any Schedule
    /// The share of the kernels, drawn once, that are not trained on: they choose the epoch whose parameters are kept.
    /// With 0 the last epoch's are.
    public var heldOut: Double

    /// Settings; the defaults are the published ones of 2D kernels (300 epochs, batches of 128, Adam at 1e-3 with
    /// linear decay) but for the tenth of the kernels that chooses the epoch. For 3D the learning rate 5e-4 is
    /// published.
    public init(
        epochs: Int = 300, batchSize: Int = 128, learningRate: Double = 1e-3,
        schedule: @escaping @Sendable (_ steps: Int) -> any Schedule = { LinearDecay(steps: $0) }, heldOut: Double = 0.1
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.schedule = schedule
        self.heldOut = heldOut
    }

    /// What is known after an epoch.
    public struct Epoch: Sendable {
        /// The epoch, counted from 1.
        public let number: Int
        /// The mean ELBO over the training kernels in nats a kernel, as it was during the epoch.
        public let trainingBound: Double
        /// The mean ELBO over the kernels held out; nil without any.
        public let heldOutBound: Double?
    }

    /// Trains `autoencoder` on `bank`, n x the kernel's shape, and leaves it with the parameters of the best epoch.
    ///
    /// - Parameters:
    ///   - generator: Where the order of the kernels and the noise come from.
    ///   - progress: Told of each epoch; an error it throws ends the training.
    /// - Returns: The epoch whose parameters were kept.
    @discardableResult
    public func train(
        _ autoencoder: KernelVAE, on bank: Tensor, generator: RandomGenerator,
        progress: (Epoch) throws(TensorError) -> Void = { _ throws(TensorError) in }
    ) throws(TensorError) -> Epoch {
        try check(autoencoder, bank)
        let count = bank.shape[0]
        let order = generator.permutation(count).map { $0 + 1 }
        let heldOutCount = min(Int(Double(count) * heldOut), count - 1)
        let kernels = try bank.detached().indexSelect(1, Array(order.dropFirst(heldOutCount)))
        let rest = heldOutCount > 0 ? try bank.detached().indexSelect(1, Array(order.prefix(heldOutCount))) : nil
        let batches = (kernels.shape[0] + batchSize - 1) / batchSize
        let optimiser = try Adam(autoencoder.namedParameters, learningRate: learningRate)
        let rate = schedule(epochs * batches)
        // The same noise for every epoch: their bounds differ by the parameters alone.
        let noiseSeed = generator.split().seed
        var best: (epoch: Epoch, score: Double, parameters: [String: Tensor])?
        for number in 1...epochs {
            let sum = try pass(autoencoder, kernels, optimiser, generator) { batch in
                rate.factor(at: (number - 1) * batches + batch)
            }
            var check: Double?
            if let rest { check = try autoencoder.meanBound(rest, generator: RandomGenerator(seed: noiseSeed)) }
            let epoch = Epoch(number: number, trainingBound: sum / Double(kernels.shape[0]), heldOutBound: check)
            // Without kernels to choose by, the last epoch is the best.
            let score = check ?? Double(number)
            if score > best?.score ?? -.infinity {
                var parameters: [String: Tensor] = [:]
                for (name, tensor) in autoencoder.namedParameters { parameters[name] = try tensor.copy() }
                best = (epoch, score, parameters)
            }
            try progress(epoch)
        }
        guard let best else {
            throw .argument(
                operation: "train_vae", parameter: "loss", value: "not a number on the kernels held out",
                expected: "a number (a lower learning rate may help)")
        }
        try autoencoder.load(best.parameters)
        return best.epoch
    }

    /// One pass through `kernels` in a new order; returns the sum of their bounds.
    private func pass(
        _ autoencoder: KernelVAE, _ kernels: Tensor, _ optimiser: Adam, _ generator: RandomGenerator,
        factor: (_ batch: Int) -> Double
    ) throws(TensorError) -> Double {
        var sum = 0.0
        let parameters = autoencoder.namedParameters.map(\.tensor)
        let order = generator.permutation(kernels.shape[0]).map { $0 + 1 }
        for (index, start) in stride(from: 0, to: order.count, by: batchSize).enumerated() {
            let batch = try kernels.indexSelect(1, Array(order[start..<min(start + batchSize, order.count)]))
            let noise = try autoencoder.noise(samples: 1, count: batch.shape[0], generator: generator)
            let loss = try PartwiseSum(
                of: [batch], parameters: parameters, rows: KernelVAE.trainedAtOnce
            ) { parts, first, last throws(TensorError) in
                try autoencoder.bound(parts[0], noise: noise.slice(2, first, last)).sum()
                    .scaled(by: -1 / Float(batch.shape[0]))
            }
            guard loss.value.isFinite else {
                throw .argument(
                    operation: "train_vae", parameter: "loss", value: "\(loss.value)",
                    expected: "a finite number (a lower learning rate may help)")
            }
            sum -= loss.value * Double(batch.shape[0])
            for (parameter, gradient) in zip(parameters, loss.parameterGradients) { parameter.gradient = gradient }
            optimiser.learningRateFactor = factor(index)
            try optimiser.step()
        }
        return sum
    }

    private func check(_ autoencoder: KernelVAE, _ bank: Tensor) throws(TensorError) {
        guard bank.rank >= 1, Array(bank.shape.dropFirst()) == autoencoder.kernelShape, bank.shape[0] >= 1 else {
            throw .shape(
                operation: "train_vae", parameter: "bank", shape: bank.shape,
                expected: "n x \(autoencoder.kernelShape.shapeText)")
        }
        for (name, value) in [("epochs", epochs), ("batch_size", batchSize)] where value < 1 {
            throw .argument(operation: "train_vae", parameter: name, value: "\(value)", expected: "1 or more")
        }
        guard (0..<1).contains(heldOut) else {
            throw .argument(
                operation: "train_vae", parameter: "held_out", value: "\(heldOut)", expected: "from 0 to below 1")
        }
    }
}
