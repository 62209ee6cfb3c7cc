import Support
import Tensors

/// Brings the elements of the last dimensions to mean 0 and variance 1, for each index of the others (Ba, Kiros and
/// Hinton 2016).
public final class LayerNorm: DeclaredLayer {
    private static let sizes = Setting.sizes("normalized_shape", "the sizes of the last dimensions, or of the last one")
    private static let addedToVariance = Setting.number(
        "eps", in: .positive, default: 1e-5, "what is added to the variance"
    ).positionalToo
    private static let isAffine = Setting.flag(
        "elementwise_affine", default: true, "whether each of the elements has a weight, and a bias")
    private static let hasBias = Setting.flag(
        "bias", default: true, "whether there is a bias where there is a weight")

    /// `LayerNorm`.
    public static let declarations = [
        LayerDeclaration(
            "LayerNorm", "Makes a layer normalisation: the elements of the last dimensions to mean 0, variance 1.",
            sizes, addedToVariance, isAffine, hasBias, example: "nn.LayerNorm(4)(torch.randn(2, 3, 4))")
    ]

    /// The sizes of the last dimensions.
    public let normalizedShape: [Int]
    /// What is added to the variance; 1e-5 by default.
    public let epsilon: Float
    /// What each element is multiplied by, 1 at first, of the shape `normalizedShape`; nil where nothing is.
    public let weight: Tensor?
    /// What is added to each element, 0 at first; nil where nothing is.
    public let bias: Tensor?

    /// Makes the layer; `bias` has no meaning where `affine` is false.
    public init(
        _ normalizedShape: [Int], epsilon: Float = 1e-5, affine: Bool = true, bias: Bool = true
    ) throws(TensorError) {
        try require(
            !normalizedShape.isEmpty && normalizedShape.allSatisfy { $0 >= 1 }, "LayerNorm", "normalized_shape",
            normalizedShape.optionText, expected: "one or more sizes, each 1 or more")
        self.normalizedShape = normalizedShape
        self.epsilon = try positiveEpsilon(epsilon, "LayerNorm")
        (weight, self.bias) = try affineParameters(normalizedShape, weight: affine, bias: affine && bias)
    }

    /// The normalised `input`, whose last sizes are `normalizedShape`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.layerNorm(normalizedShape, weight: weight, bias: bias, epsilon: epsilon)
    }

    /// The weight and the bias, where they are there.
    public var parameters: [(name: String, tensor: Tensor)] { present(("weight", weight), ("bias", bias)) }

    /// "LayerNorm({4, 4}, bias = false)": all sizes are told, as they are no size for all directions.
    public var summary: String {
        let sizes = normalizedShape.map(String.init).joined(separator: ", ")
        var text = normalizedShape.count == 1 ? sizes : "{\(sizes)}"
        if epsilon != 1e-5 { text += ", eps = \(epsilon)" }
        if weight == nil { text += ", elementwise_affine = false" } else if bias == nil { text += ", bias = false" }
        return "LayerNorm(\(text))"
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(
            kind: "LayerNorm", Self.sizes(normalizedShape), Self.addedToVariance(epsilon),
            Self.isAffine(weight != nil), Self.hasBias(weight == nil || bias != nil))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.sizes], epsilon: configuration[Self.addedToVariance],
            affine: configuration[Self.isAffine], bias: configuration[Self.hasBias])
    }
}
