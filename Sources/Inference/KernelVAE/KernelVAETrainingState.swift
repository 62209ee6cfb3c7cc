import Layers
import Support
import Tensors

/// What the training of an autoencoder goes on from.
extension KernelVAETrainingRun: Restartable {
    private static let kind = "KernelVAETraining"
    private static let samples = "samples"
    private static let (parameters, best, optimizer) = ("parameters/", "best/", "optimizer/")

    /// The settings, the epochs done, which kernels were held out, the best epoch; the autoencoder's parameters, those
    /// of the best epoch, and the optimiser's memory.
    ///
    /// The generator is not part of it: its state has to be kept beside this one.
    public var state: TrainingState {
        let optimiser = optimiser.state
        var configuration = Configuration(kind: Self.kind, settings: settings)
        configuration.settings += [
            JSON.Member("epochs_done", epochsDone.json),
            // As text: JSON's numbers do not hold 64 bits.
            JSON.Member("division_seed", .string("\(division.start.seed)")),
            JSON.Member("division_counter", .string("\(division.start.counter)")),
            JSON.Member("optimizer", optimiser.configuration.json),
        ]
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in autoencoder.namedParameters { tensors[Self.parameters + name] = tensor }
        for (name, tensor) in optimiser.tensors { tensors[Self.optimizer + name] = tensor }
        if let best {
            configuration.settings += [
                JSON.Member("best_epoch", best.epoch.number.json),
                JSON.Member("best_elbo", .number(best.epoch.trainingBound)),
            ]
            if let bound = best.epoch.heldOutBound {
                configuration.settings.append(JSON.Member("best_held_out_elbo", .number(bound)))
            }
            for (name, tensor) in best.parameters { tensors[Self.best + name] = tensor }
        }
        return TrainingState(configuration: configuration, tensors: tensors)
    }

    /// Takes over the state of a training on the same kernels with the same settings; nothing is changed when it is
    /// refused.
    public func load(_ state: TrainingState) throws(TensorError) {
        let saved = state.configuration
        guard saved.kind == Self.kind else { throw Self.refused("kind", "'\(saved.kind)'", "'\(Self.kind)'") }
        for setting in settings {
            // States from before there was a choice took one sample.
            let value =
                setting.name == Self.samples && !saved.settings.contains { $0.name == Self.samples }
                ? 1.json : try saved.value(setting.name, as: JSON.self)
            guard value == setting.value else { throw Self.refused(setting.name, "\(value)", "\(setting.value)") }
        }
        let done: Int = try saved.value("epochs_done")
        guard (0...training.epochs).contains(done) else {
            throw Self.refused("epochs_done", "\(done)", "0 to \(training.epochs)")
        }
        let (seed, counter): (String, String) = (
            try saved.value("division_seed"), try saved.value("division_counter")
        )
        guard let seed = UInt64(seed), let counter = UInt64(counter) else {
            throw Self.refused("division_seed", "'\(seed)'", "a whole number")
        }
        let parameters = try tensors(Self.parameters, of: state)
        var best: Best?
        if saved.settings.contains(where: { $0.name == "best_epoch" }) {
            let hasBound = saved.settings.contains { $0.name == "best_held_out_elbo" }
            let epoch = KernelVAETraining.Epoch(
                number: try saved.value("best_epoch"), trainingBound: try saved.value("best_elbo"),
                heldOutBound: hasBound ? try saved.value("best_held_out_elbo") : nil)
            best = Best(epoch: epoch, parameters: try tensors(Self.best, of: state))
        }
        let division = try Self.divide(
            bank, validation, share: training.heldOut, RandomGenerator(seed: seed, counter: counter))
        try optimiser.load(
            TrainingState(
                configuration: Configuration(saved.value("optimizer")), tensors: state.tensors.below(Self.optimizer)))
        try autoencoder.load(parameters)
        (self.division, self.best, epochsDone) = (division, best, done)
    }

    /// What must be the same for a training to go on.
    private var settings: [JSON.Member] {
        [
            JSON.Member("kernels", bank.shape[0].json), JSON.Member("epochs", training.epochs.json),
            JSON.Member("batch_size", training.batchSize.json), JSON.Member("lr", .number(training.learningRate)),
            JSON.Member("held_out", validation.map { $0.shape[0].json } ?? .number(training.heldOut)),
            JSON.Member("patience", training.patience.json),
            JSON.Member("min_variance", .number(training.minimumVariance)),
            JSON.Member(Self.samples, training.samples.json),
        ]
    }

    /// The autoencoder's parameters that lie under `prefix`; an error where one is missing or of another shape.
    private func tensors(_ prefix: String, of state: TrainingState) throws(TensorError) -> [String: Tensor] {
        var found: [String: Tensor] = [:]
        for (name, parameter) in autoencoder.namedParameters {
            guard let tensor = state.tensors[prefix + name] else {
                throw Self.refused(prefix + name, "missing", "a tensor of shape \(parameter.shape.shapeText)")
            }
            guard tensor.shape == parameter.shape else {
                throw .shape(
                    operation: "train_vae", parameter: prefix + name, shape: tensor.shape,
                    expected: parameter.shape.shapeText)
            }
            found[name] = tensor
        }
        return found
    }

    private static func refused(_ parameter: String, _ value: String, _ expected: String) -> TensorError {
        .argument(operation: "train_vae", parameter: parameter, value: value, expected: expected)
    }
}
