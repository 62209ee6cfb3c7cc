import Layers
import Support
import Tensors

/// The names of a network's channels or classes, and those that it is to have: what both name is kept.
public struct NameChange: Equatable, Sendable {
    /// The names that the network's channels have now, in order.
    public let from: [String]
    /// Those that they are to have.
    public let to: [String]

    /// Makes a change of the parameter `parameter`; an error where a list is empty or names something twice.
    public init(_ parameter: String, from: [String], to: [String]) throws(TensorError) {
        for (list, names) in [("from", from), ("to", to)] {
            try require(
                !names.isEmpty, "adapt", "\(parameter).\(list)", "empty", expected: "at least one name")
            var seen: Set<String> = []
            for name in names {
                try require(
                    seen.insert(name).inserted, "adapt", "\(parameter).\(list)", names.namesText,
                    expected: "each name once, not '\(name)' twice")
            }
        }
        (self.from, self.to) = (from, to)
    }

    /// The places in `to`, from 1, of what is new.
    var new: [Int] {
        let known = Set(from)
        return to.indices.filter { !known.contains(to[$0]) }.map { $0 + 1 }
    }

    /// For each of `to` its place, from 1, in `from`, followed by what is new.
    var places: [Int] {
        let joined = from + new.map { to[$0 - 1] }
        let places = Dictionary(uniqueKeysWithValues: zip(joined, 1...))
        return to.compactMap { places[$0] }
    }
}

extension [String] {
    /// "{t1, flair}".
    var namesText: String { "{\(joined(separator: ", "))}" }
}

/// Makes a network again for other channels of the input and other classes or regions of the result: what is known by
/// name is copied, what is new is drawn.
///
/// The new network has the kind, the style, the posteriors and all other weights of the old one, and the same layers of
/// it are frozen. Its Bayesian convolutions compute with their means, unless the old ones were in training.
public struct NetworkAdaptation {
    /// Where new kernels of the input's channels are drawn from.
    public enum Kernels {
        /// PyTorch's initialisation, scaled to the layer's own weights: of such kernels alone the layer's results would
        /// have the variance that they have now.
        case initialisation
        /// A prior, as it is.
        case prior(any KernelPrior)
        /// The prior of the layer's group, times the layer's scale.
        case priors(PriorSet)
    }

    private let channels: NameChange?
    private let classes: NameChange?
    private let background: String?
    private let kernels: Kernels

    /// Describes an adaptation; an error where nothing is to change.
    ///
    /// - Parameters:
    ///   - channels: The channels of the input.
    ///   - classes: The classes or regions of the result; new ones are drawn from the initialisation, scaled to the
    ///     weights of the others, with a bias of 0.
    ///   - background: The class whose weights are subtracted from those of each that is copied: a softmax of it and
    ///     one other class becomes the sigmoid of that one.
    ///   - kernels: Where new kernels of `channels` come from.
    public init(
        channels: NameChange? = nil, classes: NameChange? = nil, background: String? = nil,
        kernels: Kernels = .initialisation
    ) throws(TensorError) {
        try require(
            channels != nil || classes != nil, "adapt", "channels, classes", "none", expected: "one of them at least")
        if let background {
            let isKnown = classes?.from.contains(background) ?? false
            try require(
                isKnown, "adapt", "background", "'\(background)'",
                expected: "one of classes.from, \((classes?.from ?? []).namesText)")
            try require(
                !(classes?.to.contains(background) ?? false), "adapt", "background", "'\(background)', in classes.to",
                expected: "a class that the result does not have: its weights would be 0")
        }
        (self.channels, self.classes, self.background, self.kernels) = (channels, classes, background, kernels)
    }

    /// The new network; `network` stays as it is.
    ///
    /// An error where it is none whose ends are convolutions, or has another number of channels than are named.
    ///
    /// - Parameters:
    ///   - decoder: Must know all kinds of its layers.
    ///   - generator: Where what is new is drawn from, and what layers such as dropout draw from then.
    public func callAsFunction(
        _ network: any Layer, decoder: LayerDecoder, generator: RandomGenerator
    ) throws(TensorError) -> any Layer {
        var result = network
        if let channels { result = try moved(result, .input, channels, decoder, generator) }
        if let classes { result = try moved(result, .result, classes, decoder, generator) }
        return result
    }

    /// The network with another first or last convolution.
    private func moved(
        _ network: any Layer, _ end: NetworkEnd, _ change: NameChange, _ decoder: LayerDecoder,
        _ generator: RandomGenerator
    ) throws(TensorError) -> any Layer {
        func unsuitable(_ layer: any Layer) -> TensorError {
            .argument(
                operation: "adapt", parameter: "network", value: layer.summary,
                expected: "a convolution, a U-Net, or a Sequential of such layers")
        }
        guard let adaptable = network as? any AdaptableLayer else { throw unsuitable(network) }
        let path = try adaptable.path(of: end)
        let found = try network.layer(at: path)
        guard let old = found as? any ConvolutionLayer else { throw unsuitable(found) }
        let count = try old.channels(of: end)
        try require(
            change.from.count == count, "adapt", "\(end.parameter).from", change.from.namesText,
            expected: "\(count) \(count == 1 ? "name" : "names"), one for each channel of the "
                + "\(end == .input ? "input" : "result") of \(network.summary)")
        let configuration = try adaptable.configuration(end, channels: change.to.count)
        let result = try decoder.layer(configuration, generator: RandomGenerator(seed: 0))
        try GradientMode.disabled { () throws(TensorError) in
            let own = try parameters(of: old, at: path, end, change, generator)
            let prefix = path.isEmpty ? "" : path + "."
            let targets = result.stateDictionary
            for (name, source) in network.namedState {
                guard let target = targets[name] else { continue }
                let isOfEnd = name.hasPrefix(prefix) && !name.dropFirst(prefix.count).contains(".")
                let moved = isOfEnd ? own[String(name.dropFirst(prefix.count))] : nil
                try target.assign(moved ?? source)
                try target.requireGradient(source.requiresGradient)
            }
        }
        result.takeModes(of: network)
        result.draw(from: generator)
        return result
    }

    /// The parameters of the end's convolution that change, by their names.
    private func parameters(
        of old: any ConvolutionLayer, at path: String, _ end: NetworkEnd, _ change: NameChange,
        _ generator: RandomGenerator
    ) throws(TensorError) -> [String: Tensor] {
        let bayesian = old as? BayesianConvolution
        try require(
            end == .input || background == nil || bayesian == nil, "adapt", "background", "'\(background ?? "")'",
            expected: "none where the last layer has posteriors")
        let sizes = [try old.channels(of: .result), try old.channels(of: .input), -1]
        var result: [String: Tensor] = [:]
        let plain = old.parameters.first { $0.name == "weight" }?.tensor
        guard let weight = try bayesian?.meanWeights() ?? plain else { return [:] }
        let known = try end == .result ? withoutBackground(weight, change) : weight
        let fresh = change.new.isEmpty ? nil : try newKernels(like: known, at: path, end, change, generator)
        // A bias belongs to the result alone.
        for (name, tensor) in old.parameters where name != "bias" || end == .result {
            let isOfCodes = name.hasPrefix("code_")
            var kept = isOfCodes ? try tensor.reshaped(sizes) : tensor
            if name == "weight" { kept = known }
            if name == "bias" { kept = try withoutBackground(kept, change) }
            var moved = kept
            if let fresh {
                var shape = kept.shape
                shape[end.axis - 1] = change.new.count
                let new =
                    switch name {
                    case "weight": fresh
                    case "bias", "lower": try Tensor.zeros(shape)
                    case "factors": try PosteriorFamily.startFactors(shape, generator)
                    case LatentPosterior.codeMean: try (bayesian?.codes(of: fresh) ?? fresh).reshaped(shape)
                    default: try Tensor.full(shape, kept.mean().item())
                    }
                moved = try Tensor.concatenate([kept, new], dim: end.axis)
            }
            moved = try moved.indexSelect(end.axis, change.places)
            result[name] = isOfCodes ? try moved.reshaped([-1, moved.shape[2]]) : moved
        }
        return result
    }

    /// The rows of classes less that of the background, where one is to be subtracted.
    private func withoutBackground(_ rows: Tensor, _ change: NameChange) throws(TensorError) -> Tensor {
        guard let background, let place = change.from.firstIndex(of: background) else { return rows }
        return try rows - rows.slice(1, place + 1, place + 1)
    }

    /// The kernels of what is new, in the shape of the weights `known` but for that dimension.
    private func newKernels(
        like known: Tensor, at path: String, _ end: NetworkEnd, _ change: NameChange, _ generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        var shape = known.shape
        shape[end.axis - 1] = change.new.count
        let kernel = Array(shape[2...])
        let drawn: Tensor
        switch (end, kernels) {
        case (.result, _), (_, .initialisation): return try initialKernels(like: known, end, change, generator)
        case (_, .prior(let prior)):
            try require(prior.canSample, "adapt", "prior", "without sample", expected: "a prior that can be sampled")
            drawn = try prior.sample(shape[0] * shape[1], generator: generator)
        case (_, .priors(let priors)):
            drawn = try priors.draw([(path, shape[0] * shape[1])], generator: generator)[0]
        }
        try require(
            Array(drawn.shape.dropFirst()) == kernel, "adapt", "prior",
            "of kernels \(drawn.shape.dropFirst().map { $0 }.shapeText)",
            expected: "\(kernel.shapeText), as the first convolution has")
        return try drawn.reshaped(shape)
    }

    /// The new kernels of a layer that starts as PyTorch's do, scaled so that its results would have on average the
    /// mean square that those of `known` have, for independent inputs of mean 0 and equal variances.
    private func initialKernels(
        like known: Tensor, _ end: NetworkEnd, _ change: NameChange, _ generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        var shape = known.shape
        shape[end.axis - 1] = change.to.count
        let layer = try Tensor(uninitialised: shape).fillKaimingUniform(generator: generator)
        // The variance of a result is the sum of squares of its weights.
        func variance(_ weight: Tensor) throws(TensorError) -> Float {
            try weight.square().sum().item() / Float(weight.shape[0])
        }
        let scale = try (variance(known) / max(variance(layer), .leastNormalMagnitude)).squareRoot()
        return try layer.scaled(by: scale).indexSelect(end.axis, change.new)
    }
}

extension NetworkEnd {
    /// The dimension of a weight, from 1, that counts its channels.
    fileprivate var axis: Int { self == .input ? 2 : 1 }
    /// What scripts call its channels.
    fileprivate var parameter: String { self == .input ? "channels" : "classes" }
}

extension BayesianConvolution {
    /// The means of the codes of a latent posterior for `weights`; of other posteriors, which have none, the weights.
    fileprivate func codes(of weights: Tensor) throws(TensorError) -> Tensor {
        guard case .latent(let latent) = family else { return weights }
        return try latent.codes(of: weights.kernels())
    }
}

extension Layer {
    /// Takes the modes of another network of the same layers: of training, and of Bayesian convolutions that are in
    /// training.
    fileprivate func takeModes(of other: any Layer) {
        for ((_, layer), (_, source)) in zip(namedLayers, other.namedLayers) {
            if let source = source as? any ModalLayer { (layer as? any ModalLayer)?.isTraining = source.isTraining }
            if let source = source as? BayesianConvolution, case .training = source.mode {
                (layer as? BayesianConvolution)?.mode = source.mode
            }
        }
    }
}
