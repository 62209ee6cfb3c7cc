import Support
import Tensors

/// Each direction stretched by a whole factor, values between interpolated: trilinear for volumes, bilinear for images.
public final class Upsample: DecodableLayer {
    /// The factor, the same in all directions.
    public let scale: Int
    /// Whether the outermost elements keep their places; else the borders of the image do.
    public let alignCorners: Bool

    /// Makes the layer.
    public init(scale: Int, alignCorners: Bool = true) throws(TensorError) {
        self.scale = try positive(scale, "Upsample", "scale")
        self.alignCorners = alignCorners
    }

    /// The stretched `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.upsampled(scale: scale, alignCorners: alignCorners)
    }

    /// "Upsample(2, align_corners = true)".
    public var summary: String { "Upsample(\(scale), align_corners = \(alignCorners))" }

    /// The kind.
    public static var kinds: [String] { ["Upsample"] }

    /// The settings.
    public var configuration: Configuration {
        Configuration(kind: "Upsample", ["scale": .integer(scale), "align_corners": .bool(alignCorners)])
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            scale: try configuration.integer("scale"), alignCorners: try configuration.flag("align_corners"))
    }
}
