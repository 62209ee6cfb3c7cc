import Support
import Tensors

/// Optimisers in files, so that training goes on as if it had never stopped.
extension Optimiser {
    /// Writes the state to the file at `path`, which is replaced whole or not at all.
    ///
    /// Kept are the settings, the learning rates and their factor, and what is remembered of each parameter; the
    /// parameters themselves are the network's.
    public func save(to path: String) throws {
        var configuration = configuration
        configuration.settings += [
            JSON.Member("parameters", .texts(parameters.map(\.name))),
            JSON.Member("learning_rates", .numbers(groups.map(\.learningRate))),
            JSON.Member("learning_rate_factor", .number(learningRateFactor)),
        ]
        var tensors: [(name: String, tensor: Tensor)] = []
        for (parameter, state) in zip(parameters, memory) {
            tensors += state.map { ("\(parameter.name)/\($0.name)", $0.tensor) }
        }
        try LunetteFile(kind: .optimiser, configuration: configuration, notes: [:]).write(tensors, to: path)
    }

    /// Takes over the state in the file at `path`, which an optimiser of this kind with the same parameters saved.
    ///
    /// Nothing is changed when the file is refused.
    public func load(from path: String) throws {
        let (file, tensors) = try LunetteFile.read(.optimiser, path)
        do {
            try take(file.configuration, tensors)
        } catch let error where error != .interrupted {
            throw FileError(path: path, reason: error.description)
        }
    }

    private func take(_ saved: Configuration, _ tensors: [String: Tensor]) throws(TensorError) {
        guard saved.kind == configuration.kind else {
            throw .argument(
                operation: "load", parameter: "kind", value: "'\(saved.kind)'", expected: "'\(configuration.kind)'")
        }
        let names = try saved.texts("parameters")
        let rates = try saved.numbers("learning_rates")
        let factor = try saved.number("learning_rate_factor")
        let own = parameters
        if let (name, parameter) = zip(names, own).first(where: { $0 != $1.name }) {
            throw .argument(
                operation: "load", parameter: "parameter", value: "'\(name)'", expected: "'\(parameter.name)'")
        }
        guard names.count == own.count, rates.count == groups.count else {
            throw .argument(
                operation: "load", parameter: "parameters",
                value: "a list of \(names.count) in \(rates.count) groups",
                expected: "\(own.count) in \(groups.count) groups")
        }
        for rate in rates + [factor] { try atLeastZero(rate, "load", "learning_rates") }
        var memory: [[String: Tensor]] = own.map { _ in [:] }
        for (index, (name, parameter)) in own.enumerated() {
            for (key, tensor) in tensors where key.hasPrefix(name + "/") {
                guard tensor.shape == parameter.shape else {
                    throw .shape(
                        operation: "load", parameter: key, shape: tensor.shape, expected: parameter.shape.shapeText)
                }
                memory[index][String(key.dropFirst(name.count + 1))] = tensor
            }
        }
        try restore(saved, memory: memory)
        learningRateFactor = factor
        for (group, rate) in zip(groups, rates) { group.learningRate = rate }
    }
}
