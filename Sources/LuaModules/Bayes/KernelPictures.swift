import Figures
import Inference
import Sessions
import Support
import Tensors

extension PriorObject: DisplayedObject {
    /// Draws from the prior: kernels as pictures, other numbers as a histogram.
    var richForm: RichForm? {
        get throws {
            if let group = try kernels(title: line, count: 24) { return .figure(try KernelFigure(groups: [group])) }
            let values = try draws(500).values
            return .figure(
                try HistogramFigure(title: line, xLabel: "value", series: [.init(name: "", values: values)]))
        }
    }

    /// Draws that are the same each time; the session's generator goes on as if there were none.
    private func draws(_ count: Int) throws -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            try prior.sample(count, generator: RandomGenerator(seed: 0))
        }
    }

    /// Kernels drawn from the prior; nil where it is none of kernels.
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
    /// The first kernels of some layers, from the first to the last.
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

/// Pictures have no more groups of kernels.
private let mostGroups = 8
