import Support
import Tensors

/// Enlarges each direction by a whole factor, by trilinear interpolation for volumes, bilinear for images.
public final class Upsample: DeclaredLayer {
    private static let scaleFactor = Setting.integer(
        "scale_factor", formerName: "scale", "how many times larger the sides become")
    private static let cornersAligned = Setting.flag(
        "align_corners", default: true, "whether corners stay in their places"
    ).alwaysTold

    /// `Upsample`.
    public static let declarations = [
        LayerDeclaration(
            "Upsample", "Makes a layer of bilinear or trilinear upsampling.", scaleFactor, cornersAligned,
            example: "nn.Upsample(2)(torch.ones(1, 1, 2, 2, 2)):size(3) == 4")
    ]

    /// The factor, the same in all directions.
    public let scale: Int
    /// Whether the outermost elements keep their places; else the borders of the image do.
    public let alignCorners: Bool

    /// Makes the layer.
    public init(scale: Int, alignCorners: Bool = true) throws(TensorError) {
        self.scale = try positive(scale, "Upsample", "scale_factor")
        self.alignCorners = alignCorners
    }

    /// The stretched `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.upsampled(scale: scale, alignCorners: alignCorners)
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(kind: "Upsample", Self.scaleFactor(scale), Self.cornersAligned(alignCorners))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(scale: configuration[Self.scaleFactor], alignCorners: configuration[Self.cornersAligned])
    }
}
