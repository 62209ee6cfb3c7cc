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
        let run = try start(autoencoder, on: bank, generator: generator)
        while !run.isFinished { try progress(try run.epoch()) }
        return try run.finish()
    }

    /// Begins the training that `train` does in one go: an epoch at a time, so that it can be stopped and gone on with.
    public func start(
        _ autoencoder: KernelVAE, on bank: Tensor, generator: RandomGenerator
    ) throws(TensorError) -> KernelVAETrainingRun {
        try check(autoencoder, bank)
        return try KernelVAETrainingRun(self, autoencoder, bank, generator)
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
