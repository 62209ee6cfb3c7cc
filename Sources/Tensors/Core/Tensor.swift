import Kernels
import Support

/// An n-dimensional array of floats, and a place in the graph of operations that made it.
///
/// Shapes read as in PyTorch (N x C x D x H x W); where the elements lie is told by the strides. A tensor is a view of
/// its storage: several may share one. Dimensions and indices of the public operations count from 1, or from -1
/// backwards, as their Lua users write them.
public final class Tensor {
    /// The elements, and those of other views.
    public let storage: Storage
    /// The size of each dimension; empty for a scalar.
    public let shape: [Int]
    /// The steps in memory from one element to the next along each dimension.
    public let strides: [Int]
    /// The place of the first element in the storage.
    public let offset: Int
    /// Whether the elements say yes (1) or no (0), as those of a comparison do: as an index, such a tensor is a mask.
    public internal(set) var isMask = false
    /// The sum of the gradients that reached this tensor, where it is a leaf that requires one.
    public var gradient: Tensor?
    /// The tensor that this one is a view of; nil if detached. For gradients, changing either changes both.
    private(set) var base: Tensor?
    /// The operation that made this tensor; of a view perhaps out of date, where its base changed: `node` renews it.
    private var ownNode: Node?
    /// How many times changes in place gave this tensor a new history; of a view, that number of its base when
    /// `ownNode` was set.
    private var histories = 0
    private var isLeafThatRequiresGradient = false

    /// A view of `storage`; the caller vouches that it lies within.
    init(storage: Storage, shape: [Int], strides: [Int], offset: Int = 0) {
        self.storage = storage
        self.shape = shape
        self.strides = strides
        self.offset = offset
    }

    /// A new tensor whose elements hold anything; contiguous unless `strides` (dense ones) are given.
    public convenience init(uninitialised shape: [Int], strides: [Int]? = nil) throws(TensorError) {
        let count = try Shape.count(shape, operation: "tensor")
        self.init(
            storage: try Storage(count: count), shape: shape, strides: strides ?? Shape.contiguousStrides(shape))
    }

    /// A new tensor with the given elements, the last dimension running fastest.
    public convenience init(_ values: [Float], shape: [Int]) throws(TensorError) {
        try self.init(uninitialised: shape)
        try require(
            values.count == storage.count, "tensor", "values", "a list of \(values.count)",
            expected: "\(storage.count) numbers for the shape \(shape.shapeText)")
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { storage.pointer.update(from: base, count: values.count) }
        }
    }

    /// A scalar.
    public convenience init(_ value: Float) throws(TensorError) {
        try self.init([value], shape: [])
    }

    /// The number of dimensions.
    public var rank: Int { shape.count }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The first element; elements are reached by `strides`.
    public var pointer: UnsafeMutablePointer<Float> { storage.pointer + offset }

    /// Whether the elements lie without gaps, the last dimension running fastest.
    public var isContiguous: Bool {
        if count == 0 { return true }
        // Small operations ask this often: without a list of strides they take a tenth less time.
        var expected = 1
        for dim in shape.indices.reversed() where shape[dim] != 1 {
            guard strides[dim] == expected else { return false }
            expected &*= Swift.max(shape[dim], 1)
        }
        return true
    }

    /// Whether the elements lie without gaps, the second dimension (the channels) running fastest.
    public var isChannelsLast: Bool {
        guard rank >= 3 else { return isContiguous }
        return hasStrides(Shape.channelsLastStrides(shape))
    }

    /// Whether the strides are `expected` in every dimension that has more than one element.
    func hasStrides(_ expected: [Int]) -> Bool {
        shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == expected[$0] }
    }

    /// Whether gradients are to reach this tensor: set on a leaf, inherited by what is computed from it.
    public var requiresGradient: Bool { isLeafThatRequiresGradient || node != nil }

    /// The operation that made this tensor, or last changed it, where a gradient flows through it.
    public internal(set) var node: Node? {
        get {
            if let base, base.histories != histories {
                // The base was changed in place: this view is now one of the changed base.
                histories = base.histories
                ownNode = Node(viewing: self, of: base)
            }
            return ownNode
        }
        set { ownNode = newValue }
    }

    /// Makes this tensor, which shares the storage of `source`, a view of it or of what that is a view of.
    func becomeView(of source: Tensor) {
        let base = source.base ?? source
        (self.base, histories, isMask) = (base, base.histories, source.isMask)
    }

    /// Makes `node` the history of this tensor, which has no base, and of all its views.
    func becomeResult(of node: Node) {
        ownNode = node
        histories += 1
    }

    /// Whether no operation with a gradient made this tensor.
    public var isLeaf: Bool { node == nil }

    /// Sets whether gradients are to reach this leaf. On a recorded result, true changes nothing and false is an error.
    @discardableResult
    public func requireGradient(_ required: Bool = true) throws(TensorError) -> Tensor {
        if node != nil, required { return self }
        guard node == nil else {
            throw .gradient(reason: "requires_grad can be set on leaves only, and this is a result of \(operationName)")
        }
        isLeafThatRequiresGradient = required
        return self
    }

    private var operationName: String { node?.operation.rawValue ?? "nothing" }

    /// The same elements, without their history: gradients do not flow through.
    public func detached() -> Tensor {
        Tensor(storage: storage, shape: shape, strides: strides, offset: offset)
    }

    /// The elements in logical order, the last dimension running fastest.
    public var values: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            if let base = buffer.baseAddress { copyElements(to: base, strides: Shape.contiguousStrides(shape)) }
            initialised = count
        }
    }

    /// `values`, for a tensor of any size: an error where there is no memory for them and for a copy of them as
    /// Double.
    public func numbers() throws(TensorError) -> [Float] {
        try Shape.requireMemory(count, MemoryLayout<Float>.stride + MemoryLayout<Double>.stride)
        return values
    }

    /// The only element; an error where there are none or several.
    public func item() throws(TensorError) -> Float {
        guard count == 1 else {
            throw .shape(operation: "item", parameter: "self", shape: shape, expected: "a tensor of one element")
        }
        return pointer[0]
    }

    /// Copies the elements to `destination`, laid out there by `strides`.
    func copyElements(to destination: UnsafeMutablePointer<Float>, strides target: [Int]) {
        let loop = StridedLoop(shape: shape, strides: target, strides).withLongRows
        let (outStride, inStride) = (loop.rowStrides[0], loop.rowStrides[1])
        let source = pointer
        loop.forEachPiece { offsets, length in
            VectorLoop.map(length, out: destination + offsets[0], outStride, a: source + offsets[1], inStride) { $0 }
        }
    }
}
