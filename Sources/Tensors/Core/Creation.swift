import Kernels
import Support

extension Tensor {
    /// A tensor of `shape` with every element `value`.
    public static func full(_ shape: [Int], _ value: Float) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: shape)
        result.storage.pointer.update(repeating: value, count: result.storage.count)
        return result
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: [Int]) throws(TensorError) -> Tensor { try full(shape, 0) }

    /// A tensor of ones.
    public static func ones(_ shape: [Int]) throws(TensorError) -> Tensor { try full(shape, 1) }

    /// A tensor of zeros with the shape and layout of this one.
    public func zerosLike() throws(TensorError) -> Tensor {
        let result = try emptyLike()
        result.storage.pointer.update(repeating: 0, count: result.storage.count)
        return result
    }

    /// A new tensor, not initialised, with this one's shape and order of dimensions in memory, but without gaps.
    func emptyLike() throws(TensorError) -> Tensor {
        if isContiguous || Shape.isDense(shape, strides) { return try Tensor(uninitialised: shape, strides: strides) }
        let order = Shape.memoryOrder(shape, strides)
        return try Tensor(uninitialised: shape, strides: Shape.strides(shape, order: order))
    }

    /// The numbers from `start` to `end`, both included, `step` apart.
    public static func arange(_ start: Double, _ end: Double, step: Double = 1) throws(TensorError) -> Tensor {
        let steps = ((end - start) / step + 1e-9).rounded(.down)
        // -1 is the empty range, whose end lies just before its start.
        guard step != 0, let last = Int(steps, in: -1...1 << 50) else {
            throw .argument(
                operation: "arange", parameter: "step", value: "\(step)",
                expected: "a step that leads from \(start) to \(end)")
        }
        let result = try Tensor(uninitialised: [Swift.max(0, last + 1)])
        for i in 0..<result.count { result.pointer[i] = Float(start + Double(i) * step) }
        return result
    }

    /// `count` numbers, evenly spaced from `start` to `end`, both included.
    public static func linspace(_ start: Double, _ end: Double, count: Int) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: [count])
        let step = count > 1 ? (end - start) / Double(count - 1) : 0
        for i in 0..<count { result.pointer[i] = Float(start + Double(i) * step) }
        return result
    }

    /// The identity matrix of `size` rows.
    public static func eye(_ size: Int) throws(TensorError) -> Tensor {
        let result = try Tensor.zeros([size, size])
        for i in 0..<size { result.pointer[i * size + i] = 1 }
        return result
    }

    /// Independent normal numbers of mean 0 and variance 1.
    public static func randn(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Tensor(uninitialised: shape).filled(generator, by: RandomNumbers.normal)
    }

    /// Independent uniform numbers in [0, 1).
    public static func rand(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Tensor(uninitialised: shape).filled(generator, by: RandomNumbers.uniform)
    }

    /// Normal numbers of mean 0 and variance 1 in the shape and layout of this tensor.
    public func randnLike(generator: RandomGenerator) throws(TensorError) -> Tensor {
        try emptyLike().filled(generator, by: RandomNumbers.normal)
    }

    /// Fills this new tensor by `fill`, which is given count, seed, first counter and place.
    func filled(
        _ generator: RandomGenerator, by fill: (Int, UInt64, UInt64, UnsafeMutablePointer<Float>) -> Void
    ) throws(TensorError) -> Tensor {
        let counter = generator.reserve(blocks: RandomNumbers.blocks(count: count))
        fill(count, generator.seed, counter, pointer)
        if Interrupt.isRequested { throw .interrupted }
        return self
    }
}

/// Random whole numbers, which a Float holds exactly up to 2^24.
extension Tensor {
    private static let largest = 1 << 24

    /// Independent whole numbers from `low` to `high`, both included, all equally likely.
    public static func randint(
        _ low: Int, _ high: Int, _ shape: [Int], generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        guard low.magnitude <= largest else { throw outside("randint", "low", low, smallest: -largest) }
        guard high.magnitude <= largest, high >= low else {
            throw .argument(
                operation: "randint", parameter: "high", value: "\(high)",
                expected: "at least low, \(low), and at most \(largest)")
        }
        let result = try Tensor(uninitialised: shape)
        for i in 0..<result.count {
            if i & 0xFFFF == 0, Interrupt.isRequested { throw .interrupted }
            result.pointer[i] = Float(low + generator.below(high - low + 1))
        }
        return result
    }

    /// The whole numbers from 1 to `count` in random order.
    public static func randperm(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        guard (0...largest).contains(count) else { throw outside("randperm", "n", count, smallest: 0) }
        return try Tensor(generator.permutation(count).map { Float($0 + 1) }, shape: [count])
    }

    private static func outside(_ operation: String, _ parameter: String, _ value: Int, smallest: Int) -> TensorError {
        .argument(operation: operation, parameter: parameter, value: "\(value)", expected: "\(smallest) to \(largest)")
    }
}
