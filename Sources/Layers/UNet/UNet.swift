import Support
import Tensors

/// The 3D U-Net of Kuzina, Egorov and Burnaev (2019): residual pre-activation blocks, skips that are added.
///
/// init_conv, down1 to down9 (down6 in the short variant; down1, down3 and down5 halve each side), up1 to up3, out.
/// up1 takes down4's output as its skip, up2 down2's, up3 init_conv's. Names of parameters are those of the authors'
/// state dictionaries.
public final class UNet: DeclaredLayer {
    /// How deep the net is.
    public enum Variant: String, CaseIterable, Sendable {
        /// Nine down blocks; 4,998,608 parameters with the default channels and classes.
        case full
        /// Six down blocks.
        case short

        /// The channels of the input and of the four levels, as published.
        public var channels: [Int] { self == .full ? [1, 16, 32, 64, 128] : [1, 16, 32, 32, 64] }

        /// The number of down blocks.
        public var downBlocks: Int { self == .full ? 9 : 6 }
    }

    private static let depth = Setting.choice(
        "variant", of: Variant.allCases.map(\.rawValue), default: "short", "'full' (9 down blocks) or 'short' (6)")
    static let widths = Setting.optionalList(
        "channels", "channels of the input and the four levels; the variant's own by default")
    static let classCount = Setting.integer("classes", default: 2, "number of classes")
    private static let scale = Setting.number(
        "initial_scale", in: .positive(upTo: 1e6), default: 1,
        "what the first 3x3x3 weights (means, of a posterior) are multiplied by")

    /// The kind of the 3x3x3 convolutions: "Conv3d" by default.
    public static let convolutionKind = BlockConvolutions.kind
    /// What they are made from beside their sizes, an object for all or one for each; nothing by default.
    public static let convolutionSettings = BlockConvolutions.further

    /// `UNet`.
    public static let declarations = [
        LayerDeclaration(
            "UNet", "Makes the 3D U-Net of the method, for volumes of any size.", depth, widths, classCount,
            BlockStyle.normSetting, BlockStyle.activationSetting, BlockStyle.dropoutSetting, scale,
            BlockConvolutions.kind, BlockConvolutions.further, drawsParameters: true,
            example: "nn.UNet{variant = 'full'}.num_parameters == 4998608")
    ]

    /// How deep the net is.
    public let variant: Variant
    /// The channels of the input and of the four levels.
    public let channels: [Int]
    /// The number of classes, the channels of the result.
    public let classes: Int
    /// What stands before the convolutions of the blocks.
    public let style: BlockStyle
    private let initial: any ConvolutionLayer
    private let down: [DownBlock]
    private let up: [UpBlock]
    private let out: Convolution

    /// Sides must be multiples of this: others are padded, and the result is cropped back.
    private static let sideFactor = 8

    /// Makes a net.
    ///
    /// - Parameters:
    ///   - variant: Full or short.
    ///   - channels: The channels of the input and of the four levels; the variant's own by default.
    ///   - classes: The number of classes; 2 by default.
    ///   - initialScale: What the initial weights of the 3x3x3 convolutions are multiplied by; 1 by default. With 0.1,
    ///     trained kernels keep little of their random start.
    ///   - style: What stands before the convolutions of the blocks; instance normalisation and ReLU by default.
    ///   - convolution: Makes the 3x3x3 convolutions; plain ones by default. The 1x1x1 ones are always plain.
    ///   - generator: Where parameters are drawn from.
    public init(
        _ variant: Variant = .full, channels: [Int]? = nil, classes: Int = 2, initialScale: Float = 1,
        style: BlockStyle = .published, convolution: @escaping ConvolutionFactory = Convolution.plain,
        generator: RandomGenerator
    ) throws(TensorError) {
        let widths = channels ?? variant.channels
        try require(
            widths.count == 5 && widths.allSatisfy({ $0 >= 1 }), "UNet", "channels",
            "{\(widths.map(String.init).joined(separator: ", "))}",
            expected: "five numbers of 1 or more: those of the input and of the four levels")
        self.variant = variant
        self.channels = widths
        self.classes = try positive(classes, "UNet", "classes")
        self.style = style
        let convolutions = BlockConvolutions(
            factory: convolution, initialScale: initialScale, style: style, generator: generator)
        initial = try convolutions.cube(widths[0], widths[1])
        down = try (0..<variant.downBlocks).map { index throws(TensorError) in
            // Blocks 1, 3 and 5 lead from one level to the next.
            let downsamples = index % 2 == 0 && index < 5
            let level = min(index / 2, 2) + 2
            return try DownBlock(
                downsamples ? widths[level - 1] : widths[level], widths[level], downsamples: downsamples, convolutions)
        }
        up = try [4, 3, 2].map { level throws(TensorError) in
            try UpBlock(widths[level], widths[level - 1], convolutions)
        }
        out = try convolutions.point(widths[1], classes)
    }

    /// The logits of each class for each voxel, N x classes x D x H x W, for volumes N x channels x D x H x W.
    ///
    /// Sides that are not multiples of 8 are padded with zeros, half on each side, and the result is cropped back.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard input.rank == 5, input.shape[1] == channels[0], !input.shape.contains(0) else {
            throw .shape(
                operation: "UNet", parameter: "input", shape: input.shape,
                expected: "N x \(channels[0]) x D x H x W, none of them 0")
        }
        let missing = input.shape.enumerated().map { dim, size in
            dim < 2 ? 0 : (Self.sideFactor - size % Self.sideFactor) % Self.sideFactor
        }
        guard missing.contains(where: { $0 > 0 }) else { return try logits(input) }
        let before = missing.map { $0 / 2 }
        let after = zip(missing, before).map { $0 - $1 }
        let result = try logits(try input.padded(before: before, after: after))
        return try result.padded(before: before.map { -$0 }, after: after.map { -$0 })
    }

    private func logits(_ input: Tensor) throws(TensorError) -> Tensor {
        var result = try inside("init_conv") { () throws(TensorError) in try initial(input) }
        var skips: [Tensor] = []
        for (index, block) in down.enumerated() {
            let previous = result
            if block.downsamples { skips.append(previous) }
            result = try inside("down\(index + 1)") { () throws(TensorError) in try block(previous) }
        }
        for (index, block) in up.enumerated() {
            let (previous, skip) = (result, skips.popLast())
            result = try inside("up\(index + 1)") { () throws(TensorError) in try block(previous, adding: skip) }
        }
        let features = result
        return try inside("out") { () throws(TensorError) in try out(features) }
    }

    /// init_conv, the down blocks, the up blocks, out.
    public var children: [(name: String, layer: any Layer)] {
        var result: [(name: String, layer: any Layer)] = [("init_conv", initial)]
        for (index, block) in down.enumerated() { result.append(("down\(index + 1)", block)) }
        for (index, block) in up.enumerated() { result.append(("up\(index + 1)", block)) }
        return result + [("out", out)]
    }

    /// "UNet(short, channels = {1, 16, 32, 32, 64}, classes = 2)", and the style where it is not the published one.
    public var summary: String {
        let name =
            (style.withoutDropout == .published
                ? "" : ", norm = \(style.norm.rawValue), activation = \(style.activation.rawValue)")
            + (style.dropout == 0 ? "" : ", dropout = \(style.dropout)")
        return "UNet(\(variant.rawValue), channels = {\(channels.map(String.init).joined(separator: ", "))}, "
            + "classes = \(classes)\(name))"
    }

    /// The variant, the sizes, the style, and what files keep of the 3x3x3 convolutions.
    public var configuration: Configuration {
        var result = Configuration(
            kind: "UNet", Self.depth(variant.rawValue), Self.widths(channels), Self.classCount(classes))
        let cubes = [initial] + down.flatMap(\.cubes) + up.flatMap(\.cubes)
        result.settings += BlockConvolutions.settings(cubes) + style.settings
        return result
    }

    /// Makes the net that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.depth] == Variant.full.rawValue ? .full : .short, channels: configuration[Self.widths],
            classes: configuration[Self.classCount], initialScale: configuration[Self.scale],
            style: BlockStyle(configuration),
            convolution: BlockConvolutions.factory(configuration, decoder), generator: generator)
    }
}

/// The layers whose kernels share a prior.
extension UNet {
    /// The paths of the 3x3x3 convolutions in seven groups, in the order of the net: one prior for each.
    ///
    /// 1: init_conv, down1.conv_1. 2: down1.conv_2, down2, down3.conv_1. 3: down3.conv_2, down4, down5.conv_1.
    /// 4: down5.conv_2 and the blocks below. 5, 6, 7: up1, up2, up3.
    public var kernelLayers: [[String]] {
        // Along the way down a group ends with the convolution that leads to the next level.
        var groups: [[String]] = [["init_conv"]]
        for block in 1...variant.downBlocks {
            groups[groups.count - 1].append("down\(block).conv_1.conv.2")
            if [1, 3, 5].contains(block) { groups.append([]) }
            groups[groups.count - 1].append("down\(block).conv_2.conv.2")
        }
        for block in 1...3 { groups.append(["up\(block).conv_1.conv.2", "up\(block).conv_2.conv.2"]) }
        return groups
    }
}
