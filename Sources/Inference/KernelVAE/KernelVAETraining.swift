import Layers
import Support
import Tensors

/// How an autoencoder over kernels is trained.
public struct KernelVAETraining: Sendable {
    /// Passes through the training kernels.
    public var epochs: Int
    /// Kernels a step.
    public var batchSize: Int
    /// Adam's learning rate in the first step, from which it falls linearly to 0.
    public var learningRate: Double
    /// The share of the kernels, drawn once, that are not trained on: they choose the epoch whose parameters are kept.
    /// Of two kernels or more at least one is held out, unless the share is 0: then the last epoch's parameters are
    /// kept.
    public var heldOut: Double
    /// The number of epochs without a better one after which the training ends early; 0 for never.
    public var patience: Int
    /// The decoder's least variance, as a share of the kernels' mean variance: it bounds the error, on other kernels,
    /// of a decoder that has memorised a few. 0 for none.
    public var minimumVariance: Double

    /// K, the codes a kernel of the bound that is maximised: 1, the default, for the ELBO; more for the
    /// importance-weighted bound (Burda, Grosse and Salakhutdinov 2016), which lets r(z | w) be less exact.
    public var samples: Int

    /// The least variance unless another is given, as a share of the kernels' mean variance.
    public static let defaultMinimumVariance = 0.05

    /// Settings; the defaults are the published ones of 2D kernels (300 epochs, batches of 128, Adam at 1e-3 with
    /// linear decay) but for the tenth of the kernels that chooses the epoch, the patience (off) and the least
    /// variance. For 3D the learning rate 5e-4 is published.
    public init(
        epochs: Int = 300, batchSize: Int = 128, learningRate: Double = 1e-3, heldOut: Double = 0.1, patience: Int = 0,
        minimumVariance: Double = Self.defaultMinimumVariance, samples: Int = 1
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.heldOut = heldOut
        self.patience = patience
        self.minimumVariance = minimumVariance
        self.samples = samples
    }

    /// What is known after an epoch.
    public struct Epoch: Sendable {
        /// The epoch, counted from 1.
        public let number: Int
        /// The mean bound over the training kernels in nats a kernel, as it was during the epoch.
        public let trainingBound: Double
        /// The mean bound over the kernels held out, with as many codes a kernel; nil without any.
        public let heldOutBound: Double?
    }

    /// Trains `autoencoder` on `bank`, n x the kernel's shape, and leaves it with the parameters of the best epoch.
    ///
    /// - Parameters:
    ///   - validation: The kernels that choose the epoch, n x the kernel's shape, instead of a share of `bank`: where
    ///     kernels resemble each other, such as snapshots of one network, a random share says nothing of others.
    ///   - generator: Where the order of the kernels and the noise come from.
    ///   - progress: Told of each epoch; an error it throws ends the training.
    /// - Returns: The epoch whose parameters were kept.
    @discardableResult
    public func train(
        _ autoencoder: KernelVAE, on bank: Tensor, validation: Tensor? = nil, generator: RandomGenerator,
        progress: (Epoch) throws(TensorError) -> Void = { _ throws(TensorError) in }
    ) throws(TensorError) -> Epoch {
        let run = try start(autoencoder, on: bank, validation: validation, generator: generator)
        while !run.isFinished { try progress(try run.epoch()) }
        return try run.finish()
    }

    /// Begins the training that `train` does in one go, to be done an epoch at a time: so it can be stopped and
    /// continued.
    ///
    /// Sets the decoder's least variance.
    public func start(
        _ autoencoder: KernelVAE, on bank: Tensor, validation: Tensor? = nil, generator: RandomGenerator
    ) throws(TensorError) -> KernelVAETrainingRun {
        for (name, kernels) in [("kernels", bank), ("validation", validation ?? bank)] {
            try check(kernels, name, of: autoencoder)
        }
        try checkSettings()
        if let decoder = autoencoder.decoder as? GaussianNetwork, bank.shape[0] > 1 {
            let variance = try bank.detached().variance([1], unbiased: false).mean().item()
            decoder.minimumVariance = variance.isFinite ? Float(minimumVariance) * variance : 0
        }
        return try KernelVAETrainingRun(self, autoencoder, bank, validation, generator)
    }

    private func check(_ kernels: Tensor, _ name: String, of autoencoder: KernelVAE) throws(TensorError) {
        guard kernels.rank >= 1, Array(kernels.shape.dropFirst()) == autoencoder.kernelShape, kernels.shape[0] >= 1
        else {
            throw .shape(
                operation: "train_vae", parameter: name, shape: kernels.shape,
                expected: "n x \(autoencoder.kernelShape.shapeText)")
        }
    }

    private func checkSettings() throws(TensorError) {
        try positive(epochs, "train_vae", "epochs")
        try positive(batchSize, "train_vae", "batch_size")
        try positive(samples, "train_vae", "samples")
        try require((0..<1).contains(heldOut), "train_vae", "held_out", heldOut, expected: "from 0 to below 1")
        try require(
            patience >= 0, "train_vae", "patience", patience, expected: "a number of epochs, 0 for no early end")
        try require(
            (0...1).contains(minimumVariance), "train_vae", "min_variance", minimumVariance,
            expected: "from 0 to 1, a share of the kernels' variance")
    }
}
