import Support
import Tensors

/// The state from which an optimiser continues, so that training goes on as if it had never stopped.
extension Optimiser {
    /// The settings, the learning rates and their factor, and what is remembered of each parameter ("weight/exp_avg").
    ///
    /// It does not hold the parameters themselves; its tensors are the optimiser's own, not copies.
    public var state: TrainingState {
        var configuration = configuration
        configuration.settings += [
            JSON.Member("parameters", parameters.map(\.name).json),
            JSON.Member("learning_rates", groups.map(\.learningRate).json),
            JSON.Member("learning_rate_factor", .number(learningRateFactor)),
        ]
        var tensors: [String: Tensor] = [:]
        for (parameter, remembered) in zip(parameters, memory) {
            for (name, tensor) in remembered { tensors["\(parameter.name)/\(name)"] = tensor }
        }
        return TrainingState(configuration: configuration, tensors: tensors)
    }

    /// Takes over the state of an optimiser of this kind with the same parameters; nothing is changed when it is
    /// refused.
    public func load(_ state: TrainingState) throws(TensorError) {
        let (saved, tensors) = (state.configuration, state.tensors)
        try require(
            saved.kind == configuration.kind, "load", "kind", "'\(saved.kind)'", expected: "'\(configuration.kind)'")
        let names: [String] = try saved.value("parameters")
        let rates: [Double] = try saved.value("learning_rates")
        let factor: Double = try saved.value("learning_rate_factor")
        let own = parameters
        if let (name, parameter) = zip(names, own).first(where: { $0 != $1.name }) {
            throw .argument(
                operation: "load", parameter: "parameter", value: "'\(name)'", expected: "'\(parameter.name)'")
        }
        try require(
            names.count == own.count && rates.count == groups.count, "load", "parameters",
            "a list of \(names.count) in \(rates.count) groups", expected: "\(own.count) in \(groups.count) groups")
        for rate in rates + [factor] { try atLeastZero(rate, "load", "learning_rates") }
        let memory = own.map { tensors.below($0.name + "/") }
        for ((name, parameter), remembered) in zip(own, memory) {
            for (key, tensor) in remembered where tensor.shape != parameter.shape {
                throw .shape(
                    operation: "load", parameter: "\(name)/\(key)", shape: tensor.shape,
                    expected: parameter.shape.shapeText)
            }
        }
        try restore(saved, memory: memory)
        learningRateFactor = factor
        for (group, rate) in zip(groups, rates) { group.learningRate = rate }
    }
}

/// All that training needs to go on from where it stopped: settings and counts, and tensors by name.
public struct TrainingState {
    /// The kind and settings of the object that this is the state of, and how far it has come.
    public var configuration: Configuration
    /// What is remembered; the names are those that the owner of the state gave.
    public var tensors: [String: Tensor]

    /// Puts a state together.
    public init(configuration: Configuration, tensors: [String: Tensor]) {
        self.configuration = configuration
        self.tensors = tensors
    }
}

/// Training, or a part of it, that stops and goes on to the same bits: an optimiser, or a fit that is under way.
public protocol Restartable: AnyObject {
    /// What it goes on from; the tensors are its own, not copies.
    var state: TrainingState { get }

    /// Takes over a state of an object of the same kind that was made in the same way; nothing is changed when it is
    /// refused.
    func load(_ state: TrainingState) throws(TensorError)
}

/// Optimisers in files.
extension Optimiser {
    /// Writes the state to the file at `path`, which is replaced whole or not at all.
    ///
    /// It holds the settings, the learning rates and their factor, and what is remembered of each parameter; the
    /// parameters themselves are saved with the network.
    public func save(to path: String) throws {
        let state = state
        let tensors = state.tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
        try LunetteFile(kind: .optimiser, configuration: state.configuration, notes: [:]).write(tensors, to: path)
    }

    /// Takes over the state in the file at `path`, which an optimiser of this kind with the same parameters saved.
    ///
    /// Nothing is changed when the file is refused.
    public func load(from path: String) throws {
        let (file, tensors) = try LunetteFile.read(.optimiser, path)
        try inFile(path) { () throws(TensorError) in
            try load(TrainingState(configuration: file.configuration, tensors: tensors))
        }
    }
}
