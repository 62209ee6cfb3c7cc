import Support

/// Arithmetic on shapes and strides. Every shape that depends on a number from a user or a file is checked by `count`
/// before anything is made of it.
public enum Shape {
    /// No shape has more elements than this, with sizes of 0 counted as 1: so products of a tensor's sizes, and its
    /// number of bytes, cannot overflow.
    static let mostElements = 1 << 48
    /// No shape has more dimensions than this, as some operations recurse once per dimension.
    private static let mostDimensions = 64

    /// The number of elements of `shape`; an error where a size is negative, or they are too many to be counted.
    public static func count(_ shape: [Int], operation: String) throws(TensorError) -> Int {
        guard shape.count <= mostDimensions else {
            throw .argument(
                operation: operation, parameter: "shape", value: "one of \(shape.count) dimensions",
                expected: "at most \(mostDimensions)")
        }
        var product = 1
        for size in shape {
            guard size >= 0 else {
                throw .argument(
                    operation: operation, parameter: "shape", value: shape.shapeText, expected: "sizes of 0 or more")
            }
            let (value, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow, value <= mostElements else {
                guard !shape.contains(0) else {
                    throw .argument(
                        operation: operation, parameter: "shape", value: shape.shapeText,
                        expected: "sizes whose product, those of 0 left out, is at most \(mostElements)")
                }
                throw .outOfMemory(bytes: .max, available: AvailableMemory.bytes)
            }
            product = value
        }
        return shape.contains(0) ? 0 : product
    }

    /// The sum of the sizes of one dimension, as of tensors that are joined along it.
    static func sum(_ sizes: [Int], operation: String) throws(TensorError) -> Int {
        var sum = 0
        for size in sizes {
            let (value, overflow) = sum.addingReportingOverflow(size)
            guard !overflow, value <= mostElements else {
                throw .outOfMemory(bytes: .max, available: AvailableMemory.bytes)
            }
            sum = value
        }
        return sum
    }

    /// Throws where memory could not hold the elements of an expanded tensor of `shape`, each written out as Double:
    /// most operations would make a tensor of that size from it, and the others would not end.
    static func checkRepeated(_ shape: [Int], operation: String) throws(TensorError) {
        try requireMemory(count(shape, operation: operation), MemoryLayout<Double>.stride)
    }

    /// Throws where the product of `factors` is more bytes than there is memory for.
    public static func requireMemory(_ factors: Int...) throws(TensorError) {
        let bytes = factors.reduce(1) { product, factor in
            let (value, overflow) = product.multipliedReportingOverflow(by: factor)
            return overflow ? .max : value
        }
        if let available = AvailableMemory.shortage(of: bytes) {
            throw .outOfMemory(bytes: bytes, available: available)
        }
    }

    /// How many innermost pairs of braces an empty tensor of `shape`, which `count` has checked, is printed with; 0
    /// where there are elements.
    public static func emptyRows(_ shape: [Int]) -> Int {
        // No overflow: the product of the sizes that are not 0 is at most 2^48.
        shape.firstIndex(of: 0).map { shape[..<$0].reduce(1, *) } ?? 0
    }

    /// The strides of a dense tensor whose last dimension is contiguous.
    public static func contiguousStrides(_ shape: [Int]) -> [Int] { strides(shape, order: shape.indices) }

    /// The strides of a dense tensor whose second dimension, the channels, is contiguous: N, D, H, W, C in memory.
    public static func channelsLastStrides(_ shape: [Int]) -> [Int] {
        guard shape.count >= 3 else { return contiguousStrides(shape) }
        return strides(shape, order: [0] + Array(2..<shape.count) + [1])
    }

    /// The strides of a dense tensor whose dimensions lie in memory in `order`, the slowest first.
    public static func strides(_ shape: [Int], order: some BidirectionalCollection<Int>) -> [Int] {
        var result = shape
        var step = 1
        for dim in order.reversed() {
            result[dim] = step
            step &*= max(shape[dim], 1)
        }
        return result
    }

    /// The dimensions from the slowest in memory to the fastest, as `strides` order them.
    static func memoryOrder(_ shape: [Int], _ strides: [Int]) -> [Int] {
        var order = shape.indices.filter { shape[$0] != 1 }.sorted { a, b in
            strides[a] != strides[b] ? strides[a] > strides[b] : a < b
        }
        // A size of 1 has no place in memory of its own: it comes before all dimensions that follow it, or after the
        // last.
        for dim in shape.indices.reversed() where shape[dim] == 1 {
            let last = order.indices.max { order[$0] < order[$1] } ?? -1
            order.insert(dim, at: order.firstIndex { $0 > dim } ?? last + 1)
        }
        return order
    }

    /// Whether elements fill a block without gaps or repetition, in whatever order of dimensions.
    static func isDense(_ shape: [Int], _ strides: [Int]) -> Bool {
        let order = shape.indices.filter { shape[$0] != 1 }.sorted { strides[$0] < strides[$1] }
        var expected = 1
        for dim in order {
            guard strides[dim] == expected else { return false }
            expected &*= shape[dim]
        }
        return true
    }

    /// The shape that `a` and `b` broadcast to, by the rules of NumPy and PyTorch.
    public static func broadcast(_ a: [Int], _ b: [Int], operation: String) throws(TensorError) -> [Int] {
        if a == b { return a }
        let rank = max(a.count, b.count)
        var result = [Int](repeating: 1, count: rank)
        for i in 1...max(rank, 1) where i <= rank {
            let x = i <= a.count ? a[a.count - i] : 1
            let y = i <= b.count ? b[b.count - i] : 1
            guard x == y || x == 1 || y == 1 else {
                throw .shape(
                    operation: operation, parameter: "second operand", shape: b,
                    expected: "one that broadcasts with \(a.shapeText)")
            }
            result[rank - i] = x == 1 ? y : x
        }
        return result
    }

    /// The strides by which a tensor of `shape` and `strides` is read as one of the shape `target`, 0 where repeated.
    static func broadcastStrides(_ shape: [Int], _ strides: [Int], to target: [Int]) -> [Int] {
        var result = [Int](repeating: 0, count: target.count)
        let shift = target.count - shape.count
        for dim in shape.indices where shape[dim] != 1 { result[dim + shift] = strides[dim] }
        return result
    }

    /// A dimension counted from 1, or from -1 backwards, as an index from 0.
    public static func dimension(
        _ dim: Int, rank: Int, operation: String, parameter: String = "dim"
    ) throws(TensorError) -> Int {
        guard (1...max(rank, 1)).contains(abs(dim == .min ? 0 : dim)), rank > 0 else {
            throw .index(operation: operation, parameter: parameter, value: dim, size: rank)
        }
        return dim > 0 ? dim - 1 : rank + dim
    }
}
