import Layers
import LuaBridge
import Support
import Tensors

/// The functions of `nn` that make layers.
enum LayerConstructors {
    /// All of them, in the order of the manual.
    static let functions: [LuaFunction] =
        [plainConvolution(2), plainConvolution(3), transposed(2), transposed(3), linear, norm(2), norm(3)]
        + activations + [pooling(2), pooling(3), upsample, flatten, sequential] + blocks

    private static func plainConvolution(_ dimensions: Int) -> LuaFunction {
        convolution(
            dimensions, "Makes a convolution, with PyTorch's default start.", make: Convolution.plain,
            example: "nn.Conv\(dimensions)d(1, 4, 3, {padding = 1}).weight:size(1) == 4")
    }

    /// The function that makes a convolution of one kind.
    static func convolution(
        _ dimensions: Int, _ documentation: String, make: @escaping ConvolutionFactory, example: String
    ) -> LuaFunction {
        LuaFunction(
            "Conv\(dimensions)d", documentation,
            Parameter("in_channels", Int.self, in: .count, "channels of the input"),
            Parameter("out_channels", Int.self, in: .count, "channels of the result"),
            Parameter("kernel_size", Integers.self, in: .count, "the kernel's size, one number or one a direction"),
            Option("stride", Integers.self, in: .count, default: 1, "the step"),
            Option("padding", Integers.self, in: .countOrNone, default: 0, "zeros on both sides"),
            Option("bias", Bool.self, default: true, "whether a number is added to each channel"),
            Option(
                "initial_scale", Float.self, in: .positive(upTo: 1e6), default: 1,
                "what the first weights are multiplied by"),
            GeneratorOption(), returns: "module", example: example
        ) { input, output, kernelSize, stride, padding, bias, scale, generator in
            LayerType.AnyLayer(
                try make(
                    ConvolutionSpecification(
                        dimensions: dimensions, inputChannels: input, outputChannels: output,
                        kernelSize: kernelSize.values, stride: stride.values, padding: padding.values, bias: bias,
                        initialScale: scale), generator))
        }
    }

    private static func transposed(_ dimensions: Int) -> LuaFunction {
        LuaFunction(
            "ConvTranspose\(dimensions)d", "Makes a transposed convolution, with PyTorch's default start.",
            Parameter("in_channels", Int.self, in: .count, "channels of the input"),
            Parameter("out_channels", Int.self, in: .count, "channels of the result"),
            Parameter("kernel_size", Integers.self, in: .count, "the kernel's size"),
            Option(
                "stride", Integers.self, in: .count, default: 1, "the step between the kernel's places in the result"),
            Option("padding", Integers.self, in: .countOrNone, default: 0, "what is cut from both sides of the result"),
            Option(
                "output_padding", Integers.self, in: .countOrNone, default: 0,
                "what is added at the far side of the result"),
            Option("bias", Bool.self, default: true, "whether a number is added to each channel"),
            GeneratorOption(), returns: "module",
            example: "nn.ConvTranspose\(dimensions)d(4, 2, 2, {stride = 2})"
        ) { input, output, kernelSize, stride, padding, outputPadding, bias, generator in
            try TransposedConvolution(
                ConvolutionSpecification(
                    dimensions: dimensions, inputChannels: input, outputChannels: output,
                    kernelSize: kernelSize.values, stride: stride.values, padding: padding.values, bias: bias),
                outputPadding: outputPadding.values, generator: generator)
        }
    }

    private static var linear: LuaFunction {
        LuaFunction(
            "Linear", "Makes a linear layer: y = x W' + b.",
            Parameter("in_features", Int.self, in: .count, "size of the input"),
            Parameter("out_features", Int.self, in: .count, "size of the result"),
            Option("bias", Bool.self, default: true, "whether b is there"), GeneratorOption(),
            returns: "module", example: "nn.Linear(3, 2)(torch.ones(5, 3)):size(2) == 2"
        ) { input, output, bias, generator in
            try Linear(input, output, bias: bias, generator: generator)
        }
    }

    private static func norm(_ dimensions: Int) -> LuaFunction {
        LuaFunction(
            "InstanceNorm\(dimensions)d",
            "Makes an instance normalisation without parameters: each channel of each volume to mean 0, variance 1.",
            Option("eps", Float.self, in: .positive, default: 1e-5, "what is added to the variance"),
            Option("relu", Bool.self, default: false, "whether ReLU follows, in the same pass"), returns: "module",
            example: "nn.InstanceNorm\(dimensions)d({relu = true})"
        ) { epsilon, relu in try InstanceNorm(epsilon: epsilon, relu: relu) }
    }

    private static var activations: [LuaFunction] {
        [
            ("ReLU", Activation.Function.relu), ("ELU", .elu), ("Softplus", .softplus), ("Sigmoid", .sigmoid),
            ("Tanh", .tanh),
        ]
        .map { name, function in
            LuaFunction(
                name, "Makes a layer of \(name).", returns: "module", example: "nn.\(name)()(torch.ones(2))"
            ) { Activation(function) }
        } + [
            LuaFunction(
                "LeakyReLU", "Makes a layer of x where it is positive, a fraction of x elsewhere.",
                Option("negative_slope", Float.self, in: .finite, default: 0.01, "the fraction"), returns: "module",
                example: "nn.LeakyReLU({negative_slope = 0.2})"
            ) { slope in Activation(.leakyRelu(negativeSlope: slope)) },
            LuaFunction(
                "Softmax", "Makes a layer of softmax along a dimension.",
                Parameter("dim", Int.self, in: .any, "the dimension, from 1"), returns: "module",
                example: "nn.Softmax(2)"
            ) { dim in
                guard dim != 0 else { throw LuaArgumentError("dim", "1 or more expected, or -1 or less, got 0") }
                return Activation(.softmax(dim: dim))
            },
        ]
    }

    private static func pooling(_ dimensions: Int) -> LuaFunction {
        LuaFunction(
            "MaxPool\(dimensions)d", "Makes a layer that takes the largest value of each window.",
            Parameter("kernel_size", Integers.self, in: .count, "the window's size"),
            Option("stride", Integers?.self, in: .count, "the step; the window's size where it is left out"),
            Option(
                "padding", Integers.self, in: .countOrNone, default: 0, "rows on both sides that never are the largest"),
            returns: "module", example: "nn.MaxPool\(dimensions)d(2)"
        ) { kernelSize, stride, padding in
            try MaxPool(
                dimensions: dimensions, kernelSize: kernelSize.values, stride: stride?.values, padding: padding.values)
        }
    }

    private static var upsample: LuaFunction {
        LuaFunction(
            "Upsample", "Makes a layer of bilinear or trilinear upsampling.",
            Parameter("scale_factor", Int.self, in: .count, "how many times larger the sides become"),
            Option("align_corners", Bool.self, default: true, "whether corners stay in their places"),
            returns: "module", example: "nn.Upsample(2)(torch.ones(1, 1, 2, 2, 2)):size(3) == 4"
        ) { scale, alignCorners in try Upsample(scale: scale, alignCorners: alignCorners) }
    }

    private static var flatten: LuaFunction {
        LuaFunction(
            "Flatten", "Makes a layer that puts all dimensions but the first into one.", returns: "module",
            example: "nn.Flatten()(torch.ones(2, 3, 4)):size(2) == 12"
        ) { Flatten() }
    }

    private static var sequential: LuaFunction {
        LuaFunction(
            "Sequential", "Makes a network of layers that follow each other.",
            Variadic("layers", LayerType.AnyLayer.self, "the layers, or a list of them; nested at most 32 deep"),
            returns: "module",
            example: "#nn.Sequential(nn.Linear(2, 3), nn.ReLU()) == 2"
        ) { layers in try Sequential(layers.map(\.value)) }
    }

    private static var blocks: [LuaFunction] {
        [
            LuaFunction(
                "DownBlock", "Makes a block of the U-Net's way down: two convolutions beside a shortcut.",
                Parameter("in_channels", Int.self, in: .count, "channels of the input"),
                Parameter("out_channels", Int.self, in: .count, "channels of the result"),
                Option("stride", Int.self, in: .count, default: 1, "2 where the block halves the sides"),
                GeneratorOption(),
                returns: "module", example: "nn.DownBlock(2, 4, {stride = 2})(torch.ones(1, 2, 4, 4, 4))"
            ) { input, output, stride, generator in
                guard stride == 1 || stride == 2 else {
                    throw LuaArgumentError("stride", "1 or 2 expected, got \(stride)")
                }
                return try DownBlock(
                    input, output, downsamples: stride == 2, generator: generator)
            },
            LuaFunction(
                "UpBlock", "Makes a block of the U-Net's way up: it doubles the sides, then two convolutions.",
                Parameter("in_channels", Int.self, in: .count, "channels of the input"),
                Parameter("out_channels", Int.self, in: .count, "channels of the result"), GeneratorOption(),
                returns: "module", example: "nn.UpBlock(4, 2)(torch.ones(1, 4, 2, 2, 2))"
            ) { input, output, generator in try UpBlock(input, output, generator: generator) },
            LuaFunction(
                "UNet", "Makes the 3D U-Net of the method, for volumes of any size.",
                UNetOptions.variant, UNetOptions.channels, UNetOptions.classes, UNetOptions.initialScale,
                GeneratorOption(), returns: "module",
                example: "nn.UNet{variant = 'full'}.num_parameters == 4998608"
            ) { variant, channels, classes, scale, generator in
                try UNet(
                    try UNet.Variant(script: variant), channels: channels, classes: classes, initialScale: scale,
                    generator: generator)
            },
        ]
    }
}

extension UNet.Variant {
    /// The variant of a name; an error that lists the names.
    init(script name: String) throws(LuaArgumentError) {
        guard let variant = Self(rawValue: name) else {
            throw LuaArgumentError("variant", "'full' or 'short' expected, got '\(name)'")
        }
        self = variant
    }
}

/// The options of a U-Net, whether its weights are numbers or have posteriors.
enum UNetOptions {
    static let variant = Option("variant", String.self, default: "short", "'full' (9 down blocks) or 'short' (6)")
    static let channels = Option(
        "channels", [Int]?.self, in: .count, "channels of the input and the four levels; the variant's own by default")
    static let classes = Option("classes", Int.self, in: .count, default: 2, "number of classes")
    static let initialScale = Option(
        "initial_scale", Float.self, in: .positive(upTo: 1e6), default: 1,
        "what the first 3x3x3 weights (means, of a posterior) are multiplied by")
}
