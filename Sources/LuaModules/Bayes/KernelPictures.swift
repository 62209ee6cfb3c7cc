import Figures
import Inference
import Sessions
import Support
import Tensors

extension PriorObject: DisplayedObject {
    /// What the prior draws: kernels as pictures, other numbers as a histogram.
    var richForm: RichForm? {
        get throws {
            if let group = try kernels(title: line, count: 24) { return .figure(try KernelFigure(groups: [group])) }
            let values = try draws(500).values
            return .figure(
                try HistogramFigure(title: line, xLabel: "value", series: [.init(name: "", values: values)]))
        }
    }

    /// Draws by a generator of their own, so that they are the same each time and the session's is left alone.
    private func draws(_ count: Int) throws -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            try prior.sample(count, generator: RandomGenerator(seed: 0))
        }
    }

    /// Kernels drawn from the prior; nil where its draws have neither 2 nor 3 dimensions.
    fileprivate func kernels(title: String, count: Int) throws -> KernelFigure.Group? {
        guard 2...3 ~= prior.eventShape.count else { return nil }
        return try KernelFigure.Group(title: title, kernels: draws(count))
    }
}

extension PriorSetObject: DisplayedObject {
    /// Kernels drawn from the prior of each group.
    var richForm: RichForm? {
        get throws {
            let groups = try priors.groups.prefix(mostGroups).compactMap { group in
                let prior = PriorObject(group.prior)
                return try prior.kernels(
                    title: "\(group.name): \(prior.line), \(group.layers.count) layers", count: 8)
            }
            return groups.isEmpty ? nil : .figure(try KernelFigure(groups: groups))
        }
    }
}

extension KernelBankObject: DisplayedObject {
    /// The first kernels of up to `mostGroups` layers, evenly spaced from the first layer to the last.
    var richForm: RichForm? {
        get throws {
            guard 2...3 ~= bank.kernelShape.count, !bank.layers.isEmpty else { return nil }
            let count = min(bank.layers.count, mostGroups)
            let groups = try (0..<count).map { place in
                let layer = bank.layers[count == 1 ? 0 : place * (bank.layers.count - 1) / (count - 1)]
                return try KernelFigure.Group(
                    title: "\(layer.path): \(layer.kernels.shape[0]) kernels", kernels: layer.kernels, limit: 8)
            }
            return .figure(try KernelFigure(title: description, groups: groups))
        }
    }
}

/// The most groups of kernels in a picture.
private let mostGroups = 8
