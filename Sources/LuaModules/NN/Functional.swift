import Layers
import LuaBridge
import Tensors

extension LuaModule {
    /// The operations of layers as functions.
    static let functional = LuaModule(
        "functional", "The operations of layers as functions, with the parameters as arguments.",
        functions: [
            convolution(1), convolution(2), convolution(3), transposedConvolution(1), transposedConvolution(2),
            transposedConvolution(3), linear, instanceNorm, maxPool(2), maxPool(3), upsample, crossEntropy, diceLoss,
            segmentationLoss, bayesianConvolution,
        ] + layerFunctions)
}

private let input = Parameter("input", Tensor.self, "N x C, and one size for each direction")
private let bias = Parameter("bias", Tensor?.self, "one number for each channel of the result")
private let stride = Option("stride", Integers.self, in: .count, default: 1, "the step")
private let padding = Option("padding", Integers.self, in: .countOrNone, default: 0, "zeros on both sides")
private let logits = Parameter("logits", Tensor.self, "N x classes x ...")
private let labels = Parameter("labels", Tensor.self, "N x ..., class numbers from 0")

/// "ones(1, 2, 4, 4)" for two directions, "ones(1, 2, 4, 4, 4)" for three.
private func ones(_ first: Int, _ second: Int, _ side: Int, _ dimensions: Int) -> String {
    "torch.ones(\(first), \(second)\(String(repeating: ", \(side)", count: dimensions)))"
}

private func convolution(_ dimensions: Int) -> LuaFunction {
    let name = "conv\(dimensions)d"
    return LuaFunction(
        name, "Convolves with the kernels `weight`.", input,
        Parameter("weight", Tensor.self, "out_channels x in_channels x kernel"), bias, stride, padding,
        returns: "tensor", example: "nn.functional.\(name)(\(ones(1, 2, 4, dimensions)), \(ones(3, 2, 3, dimensions)))"
    ) { input, weight, bias, stride, padding in
        try requireDirections(dimensions, input, name)
        return try input.convolution(weight: weight, bias: bias, stride: stride.values, padding: padding.values)
    }
}

private func transposedConvolution(_ dimensions: Int) -> LuaFunction {
    let name = "conv_transpose\(dimensions)d"
    return LuaFunction(
        name, "Convolves with the kernels `weight`, transposed.", input,
        Parameter("weight", Tensor.self, "in_channels x out_channels x kernel"), bias, stride, padding,
        Option(
            "output_padding", Integers.self, in: .countOrNone, default: 0, "what is added at the far side of the result"
        ),
        returns: "tensor", example: "nn.functional.\(name)(\(ones(1, 2, 4, dimensions)), \(ones(2, 3, 3, dimensions)))"
    ) { input, weight, bias, stride, padding, outputPadding in
        try requireDirections(dimensions, input, name)
        return try input.transposedConvolution(
            weight: weight, bias: bias, stride: stride.values, padding: padding.values,
            outputPadding: outputPadding.values)
    }
}

private let bayesianConvolution = LuaFunction(
    "bayesian_conv",
    "Convolves with kernels of which mean and log-variance are known, by local reparameterisation: "
        + "conv(x, mean) + noise * sqrt(conv(x^2, variance) + 1e-10).",
    input, Parameter("mean", Tensor.self, "out_channels x in_channels x kernel"),
    Parameter("log_variance", Tensor.self, "the same shape"),
    Parameter("noise", Tensor.self, "normal numbers in the shape of the result"), stride, padding, returns: "tensor",
    example: "local w = torch.zeros(3, 2, 1, 1); "
        + "nn.functional.bayesian_conv(torch.ones(1, 2, 4, 4), w, w, torch.zeros(1, 3, 4, 4))"
) { input, mean, logVariance, noise, stride, padding in
    try input.bayesianConvolution(
        mean: mean, logVariance: logVariance, stride: stride.values, padding: padding.values, noise: noise)
}

private let linear = LuaFunction(
    "linear", "Computes x W' + b over the last dimension.", Parameter("input", Tensor.self, "... x in_features"),
    Parameter("weight", Tensor.self, "out_features x in_features"), bias, returns: "tensor",
    example: "nn.functional.linear(torch.ones(2, 3), torch.ones(4, 3))"
) { input, weight, bias in try input.linear(weight: weight, bias: bias) }

private let instanceNorm = LuaFunction(
    "instance_norm", "Brings each channel of each volume to mean 0 and variance 1.", input,
    Option("eps", Float.self, in: .positive, default: 1e-5, "what is added to the variance"),
    Option("relu", Bool.self, default: false, "whether ReLU follows, in the same pass"), returns: "tensor",
    example: "nn.functional.instance_norm(torch.randn(1, 2, 4, 4, 4))"
) { input, epsilon, relu in try input.instanceNorm(epsilon: epsilon, relu: relu) }

private func maxPool(_ dimensions: Int) -> LuaFunction {
    let name = "max_pool\(dimensions)d"
    return LuaFunction(
        name, "Takes the largest value of each window.", input,
        Parameter("kernel_size", Integers.self, in: .count, "the window's size"),
        Option("stride", Integers?.self, in: .count, "the step; the window's size where it is left out"),
        Option("padding", Integers.self, in: .countOrNone, default: 0, "rows on both sides that never are the largest"),
        returns: "tensor", example: "nn.functional.\(name)(\(ones(1, 2, 4, dimensions)), 2)"
    ) { input, kernelSize, stride, padding in
        try requireDirections(dimensions, input, name)
        return try input.maxPool(kernelSize: kernelSize.values, stride: stride?.values, padding: padding.values)
    }
}

private let upsample = LuaFunction(
    "upsample", "Makes an image or volume larger by bilinear or trilinear interpolation.", input,
    Parameter("scale_factor", Int.self, in: .count, "how many times larger the sides become"),
    Option("align_corners", Bool.self, default: true, "whether corners stay in their places"), returns: "tensor",
    example: "nn.functional.upsample(torch.ones(1, 1, 2, 2, 2), 2)"
) { input, scale, alignCorners in try input.upsampled(scale: scale, alignCorners: alignCorners) }

private let crossEntropy = LuaFunction(
    "cross_entropy", "Computes the cross entropy of logits with labels.", logits, labels,
    Option(
        "reduction", LuaChoice<Reduction>.self, default: LuaChoice(.mean),
        "the mean over voxels, the sum, or each voxel's own"),
    returns: "tensor", example: "nn.functional.cross_entropy(torch.zeros(3, 2), torch.ones(3))"
) { logits, labels, reduction in try logits.crossEntropy(labels: labels, reduction: reduction.value) }

private let diceLoss = LuaFunction(
    "dice_loss",
    "Computes 1 - Dice of the softmax over the whole batch, for each class but 0; of several such classes the mean.",
    logits, labels,
    Option("eps", Float.self, in: .positive, default: 1e-3, "what is added to both sides of the fraction"),
    returns: "scalar tensor",
    example: "nn.functional.dice_loss(torch.zeros(1, 2, 2, 2, 2), torch.ones(1, 2, 2, 2))"
) { logits, labels, epsilon in try logits.diceLoss(labels: labels, epsilon: epsilon) }

private let segmentationLoss = LuaFunction(
    "segmentation_loss",
    "Computes the weighted sum of cross entropy and Dice loss, of classes or of regions (see nn.SegmentationLoss).",
    logits, labels, LossObject.crossEntropyWeight, LossObject.diceWeight, LossObject.reduction, LossObject.epsilon,
    LossObject.regions, returns: "scalar tensor",
    example: "nn.functional.segmentation_loss(torch.zeros(1, 2, 2, 2, 2), torch.ones(1, 2, 2, 2))"
) { logits, labels, crossEntropyWeight, diceWeight, reduction, epsilon, regions in
    try SegmentationLoss(
        crossEntropyWeight: crossEntropyWeight, diceWeight: diceWeight, reduction: reduction.value, epsilon: epsilon,
        regions: regions.map { try Regions($0) }
    )(logits, labels: labels)
}
