import Layers
import LuaBridge
import Support
import Tensors

extension LuaModule {
    /// Normalisations, activations, averages and others of the functions that layers have.
    static let layerFunctions =
        [
            batchNorm, groupNorm, layerNorm, gelu, silu, prelu, embedding, dropout, channelDropout(2),
            channelDropout(3),
        ] + [2, 3].flatMap { [averagePool($0), adaptiveAveragePool($0)] }
}

private let anyInput = Parameter("input", Tensor.self, "N x C or N x C x ...")
private let anything = Parameter("input", Tensor.self, "of any shape")
private let scale = Parameter("weight", Tensor?.self, "what each channel is multiplied by")
private let shift = Parameter("bias", Tensor?.self, "what is added to each channel")
private let epsilon = Option("eps", Float.self, in: .positive, default: 1e-5, "what is added to the variance")

private let batchNorm = LuaFunction(
    "batch_norm",
    "Brings each channel to mean 0 and variance 1: by the running statistics or, in training, by the batch's, which the "
        + "running ones then follow.", anyInput,
    Parameter("running_mean", Tensor?.self, "the running mean of each channel"),
    Parameter("running_var", Tensor?.self, "the running variance of each channel"), scale, shift,
    Option("training", Bool.self, default: false, "whether mean and variance are the batch's"),
    Option("momentum", Float.self, in: .share, default: 0.1, "the share of the batch in the running statistics"),
    epsilon, returns: "tensor",
    example: "nn.functional.batch_norm(torch.ones(2, 3), torch.zeros(3), torch.ones(3)):size(2) == 3"
) { input, mean, variance, weight, bias, isTraining, momentum, epsilon in
    try input.batchNorm(
        runningMean: mean, runningVariance: variance, weight: weight, bias: bias, isTraining: isTraining,
        momentum: momentum, epsilon: epsilon)
}

private let groupNorm = LuaFunction(
    "group_norm", "Brings groups of channels of each sample to mean 0 and variance 1.", anyInput,
    Parameter("num_groups", Int.self, in: .count, "the number of groups, which divides the channels"), scale, shift,
    epsilon, returns: "tensor", example: "nn.functional.group_norm(torch.randn(1, 6, 4, 4), 2)"
) { input, groups, weight, bias, epsilon in
    try input.groupNorm(groups, weight: weight, bias: bias, epsilon: epsilon)
}

private let layerNorm = LuaFunction(
    "layer_norm", "Brings the elements of the last dimensions to mean 0 and variance 1.", anything,
    Parameter("normalized_shape", Integers.self, in: .count, "the sizes of the last dimensions, or of the last one"),
    Parameter("weight", Tensor?.self, "what each of those elements is multiplied by"),
    Parameter("bias", Tensor?.self, "what is added to each of them"), epsilon, returns: "tensor",
    example: "nn.functional.layer_norm(torch.randn(2, 3, 4), 4)"
) { input, shape, weight, bias, epsilon in
    try input.layerNorm(shape.values, weight: weight, bias: bias, epsilon: epsilon)
}

/// How `gelu` is computed.
private enum Approximation: String, CaseIterable {
    case none, tanh
}

private let gelu = LuaFunction(
    "gelu", "x times the share of the standard normal distribution below x.", anything,
    Option(
        "approximate", LuaChoice<Approximation>.self, default: LuaChoice(.none),
        "'none', or 'tanh' for the formula with tanh"), returns: "tensor",
    example: "nn.functional.gelu(torch.zeros(2), {approximate = 'tanh'}):sum():item() == 0"
) { input, approximation in try approximation.value == .tanh ? input.geluByTanh() : input.gelu() }

private let silu = LuaFunction(
    "silu", "x / (1 + e^-x).", anything, returns: "tensor",
    example: "nn.functional.silu(torch.zeros(2)):sum():item() == 0"
) { input in try input.silu() }

private let prelu = LuaFunction(
    "prelu", "x where it is positive, `weight` x elsewhere.", anything,
    Parameter("weight", Tensor.self, "one number, or one for each channel"), returns: "tensor",
    example: "nn.functional.prelu(torch.tensor{-2}, torch.tensor{0.5}):item() == -1"
) { input, weight in try input.prelu(weight: weight) }

private let embedding = LuaFunction(
    "embedding", "Gives the rows of a table that numbers choose.",
    Parameter("input", Tensor.self, "the numbers of rows, from 1"),
    Parameter("weight", Tensor.self, "the table: num_embeddings x embedding_dim"),
    Option("padding_idx", Int?.self, in: .count, "a row that gets no gradient"), returns: "tensor",
    example: "nn.functional.embedding(torch.tensor{2}, torch.eye(3))[{1, 2}]:item() == 1"
) { input, weight, padding in try weight.embedding(of: input, paddingIndex: padding) }

private let probability = Option("p", Float.self, in: .share, default: 0.5, "the probability of 0")
private let isTraining = Option("training", Bool.self, default: true, "false gives the input itself")

private let dropout = LuaFunction(
    "dropout", "Sets elements to 0 at random, and multiplies the others so that the mean stays.", anything, probability,
    isTraining, GeneratorOption(), returns: "tensor",
    example: "nn.functional.dropout(torch.ones(4), {p = 1}):sum():item() == 0"
) { input, probability, isTraining, generator in
    isTraining ? try input.dropout(probability, generator: generator) : input
}

private func channelDropout(_ dimensions: Int) -> LuaFunction {
    let name = "dropout\(dimensions)d"
    return LuaFunction(
        name, "Sets whole channels to 0 at random, and multiplies the others so that the mean stays.",
        Parameter("input", Tensor.self, dimensions == 2 ? "N x C x H x W" : "N x C x D x H x W"), probability,
        isTraining, GeneratorOption(), returns: "tensor",
        example: "nn.functional.\(name)(torch.ones(1, 2\(String(repeating: ", 2", count: dimensions))))"
    ) { input, probability, isTraining, generator in
        isTraining ? try input.channelDropout(probability, dimensions: dimensions, generator: generator) : input
    }
}

private func averagePool(_ dimensions: Int) -> LuaFunction {
    let name = "avg_pool\(dimensions)d"
    return LuaFunction(
        name, "Takes the average of each window.",
        Parameter("input", Tensor.self, dimensions == 2 ? "N x C x H x W" : "N x C x D x H x W"),
        Parameter("kernel_size", Integers.self, in: .count, "the window's size"),
        Option("stride", Integers?.self, in: .count, "the step; the window's size where it is left out"),
        Option("padding", Integers.self, in: .countOrNone, default: 0, "zeros on both sides"),
        Option(
            "ceil_mode", Bool.self, default: false, "whether there is a last window that reaches beyond the padding"),
        Option("count_include_pad", Bool.self, default: true, "whether zeros of the padding count in the average"),
        Option(
            "divisor_override", Int?.self, in: .count,
            "what sums are divided by; the number of elements where it is left out"), returns: "tensor",
        example: "nn.functional.\(name)(torch.ones(1, 2\(String(repeating: ", 4", count: dimensions))), 2)"
    ) { input, kernelSize, stride, padding, ceilMode, countIncludePad, divisor in
        try requireDirections(dimensions, input, name)
        return try input.averagePool(
            kernelSize: kernelSize.values, stride: stride?.values, padding: padding.values, ceilMode: ceilMode,
            countIncludePad: countIncludePad, divisorOverride: divisor)
    }
}

private func adaptiveAveragePool(_ dimensions: Int) -> LuaFunction {
    let name = "adaptive_avg_pool\(dimensions)d"
    return LuaFunction(
        name, "Takes averages over windows that cover the input evenly.",
        Parameter("input", Tensor.self, dimensions == 2 ? "N x C x H x W" : "N x C x D x H x W"),
        Parameter("output_size", Integers.self, in: .count, "the result's size, one number or one a direction"),
        returns: "tensor",
        example: "nn.functional.\(name)(torch.ones(1, 2\(String(repeating: ", 4", count: dimensions))), 1)"
    ) { input, outputSize in
        try requireDirections(dimensions, input, name)
        return try input.adaptiveAveragePool(outputSize: outputSize.values)
    }
}
