import Support
import Tensors

/// A table of vectors, of which the input's numbers, from 1, choose.
public final class Embedding: DeclaredLayer {
    private static let rows = Setting.integer("num_embeddings", "the number of vectors")
    private static let size = Setting.integer("embedding_dim", "the size of a vector")
    private static let padding = Setting.optionalInteger(
        "padding_idx", "the number of a vector that is 0 at first, and not trained"
    ).positionalToo

    /// `Embedding`.
    public static let declarations = [
        LayerDeclaration(
            "Embedding", "Makes a table of vectors, which start as normal numbers; indices count from 1.", rows, size,
            padding, drawsParameters: true,
            example: "nn.Embedding(10, 3)(torch.tensor{1, 10}):size(2) == 3")
    ]

    /// The vectors: their number, and their size.
    public let weight: Tensor
    /// The number of the vector that is not trained, from 1; nil where all are.
    public let paddingIndex: Int?

    /// Makes a table of `count` vectors of `size` normal numbers; the one at `paddingIndex` is 0.
    public init(
        _ count: Int, _ size: Int, paddingIndex: Int? = nil, generator: RandomGenerator
    ) throws(TensorError) {
        let shape = [
            try positive(count, "Embedding", "num_embeddings"), try positive(size, "Embedding", "embedding_dim"),
        ]
        if let paddingIndex {
            try require(
                (1...count).contains(paddingIndex), "Embedding", "padding_idx", paddingIndex,
                expected: "from 1 to num_embeddings, \(count)")
        }
        self.paddingIndex = paddingIndex
        weight = try Tensor.randn(shape, generator: generator)
        if let paddingIndex { try weight.select(1, paddingIndex).fill(0) }
        try weight.requireGradient()
    }

    /// The vectors that `input` names: its shape, and the size of a vector.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try weight.embedding(of: input, paddingIndex: paddingIndex)
    }

    /// The weight.
    public var parameters: [(name: String, tensor: Tensor)] { named(weight, nil) }

    /// The sizes.
    public var configuration: Configuration {
        Configuration(
            kind: "Embedding", Self.rows(weight.shape[0]), Self.size(weight.shape[1]), Self.padding(paddingIndex))
    }

    /// Makes the table that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.rows], configuration[Self.size], paddingIndex: configuration[Self.padding],
            generator: generator)
    }
}
