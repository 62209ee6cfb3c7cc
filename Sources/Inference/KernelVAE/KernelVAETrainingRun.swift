import Layers
import Support
import Tensors

/// The training of an autoencoder over kernels while it is under way.
public final class KernelVAETrainingRun {
    /// The number of epochs that were done.
    public internal(set) var epochsDone = 0
    let training: KernelVAETraining
    let autoencoder: KernelVAE
    let bank: Tensor
    /// The kernels given to choose the epoch by; nil where a share of the bank does.
    let validation: Tensor?
    let optimiser: Adam
    var division: Division
    var best: Best?
    private let generator: RandomGenerator
    private let rate: Decay
    private let batchSize: Int
    private let batches: Int

    /// The kernels trained on, and those that choose the epoch.
    struct Division {
        /// The state of the generator that drew it.
        let start: (seed: UInt64, counter: UInt64)
        let kernels: Tensor
        let heldOut: Tensor?
        /// The same noise for every epoch: their bounds differ by the parameters alone.
        let noiseSeed: UInt64
    }

    /// The epoch that is kept so far, and copies of its parameters.
    struct Best {
        let epoch: KernelVAETraining.Epoch
        let parameters: [String: Tensor]

        /// What epochs are compared by: without kernels to choose by, the last is the best.
        static func score(_ epoch: KernelVAETraining.Epoch) -> Double { epoch.heldOutBound ?? Double(epoch.number) }
    }

    /// Begins a training; the caller has checked autoencoder, bank and settings.
    init(
        _ training: KernelVAETraining, _ autoencoder: KernelVAE, _ bank: Tensor, _ validation: Tensor?,
        _ generator: RandomGenerator
    ) throws(TensorError) {
        self.training = training
        self.autoencoder = autoencoder
        self.bank = bank.detached()
        self.validation = validation?.detached()
        self.generator = generator
        division = try Self.divide(self.bank, self.validation, share: training.heldOut, generator)
        // A batch is never larger than all kernels.
        batchSize = min(training.batchSize, division.kernels.shape[0])
        batches = (division.kernels.shape[0] + batchSize - 1) / batchSize
        optimiser = try Adam(autoencoder.namedParameters, learningRate: training.learningRate)
        let (steps, overflow) = training.epochs.multipliedReportingOverflow(by: batches)
        rate = Decay(.line, steps: overflow ? .max : steps)
    }

    /// Divides the kernels of a bank at random: a `share` of them chooses the epoch, or none where `validation` does.
    static func divide(
        _ bank: Tensor, _ validation: Tensor?, share: Double, _ generator: RandomGenerator
    ) throws(TensorError) -> Division {
        let start = (generator.seed, generator.counter)
        if let validation {
            return Division(start: start, kernels: bank, heldOut: validation, noiseSeed: generator.split().seed)
        }
        let count = bank.shape[0]
        let order = generator.permutation(count).map { $0 + 1 }
        let heldOut = share > 0 ? min(max(Int(Double(count) * share), 1), count - 1) : 0
        return Division(
            start: start, kernels: try bank.indexSelect(1, Array(order.dropFirst(heldOut))),
            heldOut: heldOut > 0 ? try bank.indexSelect(1, Array(order.prefix(heldOut))) : nil,
            noiseSeed: generator.split().seed)
    }

    /// Whether all epochs were done, or as many after the best one as the patience allows.
    public var isFinished: Bool { epochsDone >= training.epochs || hasLostPatience }

    private var hasLostPatience: Bool {
        guard training.patience > 0, division.heldOut != nil else { return false }
        return epochsDone - (best?.epoch.number ?? 0) >= training.patience
    }

    /// Does the next epoch, and returns what is known after it; an error where the training is finished.
    public func epoch() throws(TensorError) -> KernelVAETraining.Epoch {
        try require(
            !isFinished, "train_vae", "epoch", epochsDone + 1,
            expected: "at most \(epochsDone), with which the training is finished")
        let sum = try pass { batch in rate.factor(at: epochsDone &* batches &+ batch) }
        var check: Double?
        if let rest = division.heldOut {
            check = try autoencoder.meanBound(
                rest, samples: training.samples, generator: RandomGenerator(seed: division.noiseSeed))
        }
        let epoch = KernelVAETraining.Epoch(
            number: epochsDone + 1, trainingBound: sum / Double(division.kernels.shape[0]), heldOutBound: check)
        if Best.score(epoch) > best.map({ Best.score($0.epoch) }) ?? -.infinity {
            var parameters: [String: Tensor] = [:]
            for (name, tensor) in autoencoder.namedParameters { parameters[name] = try tensor.copy() }
            best = Best(epoch: epoch, parameters: parameters)
        }
        epochsDone += 1
        return epoch
    }

    /// Leaves the autoencoder with the parameters of the best epoch so far, which it returns.
    @discardableResult
    public func finish() throws(TensorError) -> KernelVAETraining.Epoch {
        guard let best else {
            throw .argument(
                operation: "train_vae", parameter: "loss", value: "not a number on the kernels held out",
                expected: "a number (a lower learning rate may help)")
        }
        try autoencoder.load(best.parameters)
        return best.epoch
    }

    /// The mean log density of the kernels that choose the epoch under independent normals fitted to those trained on,
    /// in nats a kernel; a useful autoencoder's bound is above it. Nil without kernels to choose by, and where only one
    /// is trained on.
    public func independentNormals() throws(TensorError) -> Double? {
        guard let heldOut = division.heldOut, division.kernels.shape[0] > 1 else { return nil }
        return try Double(Normal(fitting: division.kernels).logProbability(heldOut).mean().item())
    }

    /// One pass through the kernels in a new order; returns the sum of their bounds.
    private func pass(factor: (_ batch: Int) -> Double) throws(TensorError) -> Double {
        var sum = 0.0
        let (kernels, size) = (division.kernels, batchSize)
        let parameters = autoencoder.namedParameters.map(\.tensor)
        let order = generator.permutation(kernels.shape[0]).map { $0 + 1 }
        for (index, start) in stride(from: 0, to: order.count, by: size).enumerated() {
            let batch = try kernels.indexSelect(1, Array(order[start..<min(start + size, order.count)]))
            let noise = try autoencoder.noise(samples: training.samples, count: batch.shape[0], generator: generator)
            let loss = try ChunkedSum(
                of: [batch], parameters: parameters, rows: max(1, KernelVAE.trainedAtOnce / training.samples)
            ) { parts, first, last throws(TensorError) in
                try self.autoencoder.bound(parts[0], noise: noise.slice(2, first, last)).sum()
                    .scaled(by: -1 / Float(batch.shape[0]))
            }
            try require(
                loss.value.isFinite, "train_vae", "loss", loss.value,
                expected: "a finite number (a lower learning rate may help)")
            sum -= loss.value * Double(batch.shape[0])
            for (parameter, gradient) in zip(parameters, loss.parameterGradients) { parameter.gradient = gradient }
            optimiser.learningRateFactor = factor(index)
            try optimiser.step()
        }
        return sum
    }
}
