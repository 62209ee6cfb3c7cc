import Kernels
import Support

/// Functions of layers that are made of other operations.
extension Tensor {
    /// The rows of this table, rows x size, that the elements of `indices` name, from 1 (or from -1 backwards): the
    /// shape of `indices`, and a row.
    ///
    /// - Parameter paddingIndex: A row that gets no gradient.
    public func embedding(of indices: Tensor, paddingIndex: Int? = nil) throws(TensorError) -> Tensor {
        guard rank == 2 else {
            throw .shape(operation: "embedding", parameter: "weight", shape: shape, expected: "rows x size")
        }
        let numbers = try indices.numbers()
        try Shape.requireMemory(numbers.count, 2 * MemoryLayout<Int>.stride)
        let rows = try numbers.map { number throws(TensorError) in
            guard let row = Int(exactly: number) else {
                throw .argument(
                    operation: "embedding", parameter: "input", value: "\(number)", expected: "whole numbers")
            }
            return try index(row, along: 0, operation: "embedding", parameter: "input") + 1
        }
        let result = try indexSelect(1, rows)
        guard let paddingIndex else { return try result.reshaped(indices.shape + [shape[1]]) }
        let padding = try index(paddingIndex, along: 0, operation: "embedding", parameter: "padding_idx") + 1
        let isPadding = try Tensor(rows.map { $0 == padding ? 1 : 0 }, shape: [rows.count, 1])
        return try Tensor.select(isPadding, result.detached(), result).reshaped(indices.shape + [shape[1]])
    }

    /// x where it is positive, `weight` x elsewhere (He et al. 2015): one number, or one for each channel
    /// (dimension 2).
    public func prelu(weight: Tensor) throws(TensorError) -> Tensor {
        guard weight.shape == [1] || rank >= 2 && weight.shape == [shape[1]] else {
            throw .shape(
                operation: "prelu", parameter: "weight", shape: weight.shape,
                expected: "one number, or one for each channel (dimension 2)")
        }
        let slopes = try weight.detached().reshaped(
            weight.count == 1 ? [] : [shape[1]] + [Int](repeating: 1, count: rank - 2))
        let (input, weightShape) = (detached(), weight.shape)
        let targets = (GradientTarget(self), GradientTarget(weight))
        let result = try input.zipped(slopes, "prelu") { $0.map { ($0 * $1).replacing(with: $0, where: $0 .> 0) } }
        return try result.recorded(.prelu, [self, weight], keeping: [self, weight]) { gradient throws(TensorError) in
            var parts: [Tensor?] = [nil, nil]
            if targets.0.requiresGradient {
                let factors = try input.zipped(slopes, "prelu") { $0.map { $1.replacing(with: 1, where: $0 .> 0) } }
                parts[0] = try gradient.zipped(factors, "prelu") { $0.map { $0 * $1 } }
            }
            if targets.1.requiresGradient {
                // The product is 0, not multiplied by 0, where x is positive: infinity must not spread.
                let products = try gradient.zipped(input, "prelu") {
                    $0.map { ($0 * $1).replacing(with: 0, where: $1 .> 0) }
                }
                parts[1] = try products.summed(toShape: slopes.shape).reshaped(weightShape)
            }
            return parts
        }
    }
}

/// Elements set to 0 at random, while the others are multiplied so that the mean stays (Srivastava et al. 2014).
extension Tensor {
    /// Each element 0 with the given probability, otherwise divided by 1 less the probability.
    public func dropout(_ probability: Float, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try self * kept(shape, probability, "dropout", generator)
    }

    /// The same for whole channels of N x C and 2 or 3 `dimensions`.
    public func channelDropout(
        _ probability: Float, dimensions: Int, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        let name = "dropout\(dimensions)d"
        guard rank == dimensions + 2 else {
            throw .shape(
                operation: name, parameter: "input", shape: shape,
                expected: dimensions == 2 ? "N x C x H x W" : "N x C x D x H x W")
        }
        let channels = Array(shape[..<2]) + [Int](repeating: 1, count: dimensions)
        return try self * kept(channels, probability, name, generator)
    }

    /// 0 with the given probability, otherwise what makes the mean 1.
    private func kept(
        _ shape: [Int], _ probability: Float, _ operation: String, _ generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        try require(probability >= 0 && probability <= 1, operation, "p", probability, expected: "from 0 to 1")
        let mask = try Tensor.rand(shape, generator: generator).compared(.greaterOrEqual, Tensor(probability))
        // All are 0 where the probability is 1.
        return try mask.scaled(by: probability < 1 ? 1 / (1 - probability) : 0)
    }
}
