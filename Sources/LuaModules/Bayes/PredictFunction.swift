import Inference
import Layers
import LuaBridge
import Sessions
import Support
import Tensors

/// `bayes.predict`.
let predictFunction = LuaFunction(
    "predict",
    "Predicts with the mean weights or, given `samples`, with weights drawn for the whole volume, every window of it; "
        + "afterwards the network has its own weights and modes again. An ensemble predicts with all its members.",
    Parameter(
        "network", LuaEither<LayerType.AnyLayer, LuaInstance<any NetworkPosterior>>.self,
        "a network with Bayesian convolutions, or a posterior of a plain one, such as bayes.SWAG"),
    Parameter("volume", Tensor.self, "N x C x D x H x W"),
    Option("samples", Int?.self, in: .count, "the number of draws; the mean weights where it is left out"),
    Option(
        "temperature", Double.self, in: .positive, default: 1, "what the variances of the draws are multiplied by"
    ).needing("samples"),
    Option("window", [Int]?.self, in: .count, "the size of the windows to go through the volume in; whole by default"),
    Option(
        "overlap", Double.self, in: .shareBelowOne, default: 0.5, "of windows: the share that the next one covers, too"
    ).needing("window"),
    Option(
        "regions", [[Int]]?.self, in: .count,
        "what the outputs stand for, as in nn.SegmentationLoss: a sigmoid of each instead of a softmax"),
    Option(
        "flips", LuaEither<Bool, [Bool]>.self, default: .first(false),
        "whether each network also sees the volume mirrored, along all directions or those that are true of depth, "
            + "height, width: in every combination, mirrored back and averaged"),
    Option("std", Bool.self, default: true, "whether deviations are told, which take as much memory as probabilities"),
    WithDisplaySink(Option("progress", Bool.self, default: false, "whether a bar shows how many passes are done")),
    GeneratorOption(),
    returns:
        "table of probability (N x classes or regions x ...), entropy, mutual_information (of class and draw, the "
        + "disagreement of networks alone, not of mirrored copies) and std, tensors for each voxel; entropies of regions "
        + "are the mean of those of each",
    example: "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}}; "
        + "assert(bayes.predict(net, torch.zeros(1, 1, 8, 8, 8), {samples = 2}).entropy:dim() == 5)"
) { network, volume, samples, temperature, size, overlap, regions, flips, hasDeviation, bar, generator in
    let options = PredictionOptions(
        window: try size.map { try SlidingWindow(size: $0, overlap: overlap) },
        regions: try regions.map { try Regions($0) }, flips: flips.flips, hasDeviation: hasDeviation)
    var shown: Progress?
    defer { shown?.finish() }
    func progress(done: Int, all: Int) {
        guard bar.value else { return }
        if done == 0 { shown = Progress(total: all, label: "bayes.predict", sink: bar.sink.progressSink()) }
        if done > 0 { shown?.advance() }
    }
    let prediction =
        switch (network, samples) {
        case (.first(let layer), nil):
            try Prediction.mean(layer.value, volume, options: options, progress: progress)
        case (.first(let layer), let samples?):
            try Prediction.sampled(
                layer.value, volume, samples: samples, temperature: temperature, options: options,
                generator: generator, progress: progress)
        case (.second(let posterior), nil) where posterior.value.memberCount == nil:
            try Prediction.mean(posterior.value, volume, options: options, progress: progress)
        case (.second(let posterior), _):
            try Prediction.sampled(
                posterior.value, volume, samples: samples, temperature: temperature, options: options,
                generator: generator, progress: progress)
        }
    var found = [
        "probability": prediction.probability, "entropy": prediction.entropy,
        "mutual_information": prediction.mutualInformation,
    ]
    found["std"] = prediction.standardDeviation
    return found
}

extension LuaEither where First == Bool, Second == [Bool] {
    /// True for all directions, false for none, or which.
    fileprivate var flips: PredictionOptions.Mirroring {
        switch self {
        case .first(let all): all ? .all : .none
        case .second(let directions): .along(directions)
        }
    }
}
