import Support

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
