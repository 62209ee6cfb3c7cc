import Support
import Tensors
import TestSupport
import Testing

@Suite struct OperationsProductTests {
    static let shapes: [(a: [Int], b: [Int], result: [Int])] = [
        ([5], [5], []), ([3, 5], [5], [3]), ([5], [5, 2], [2]), ([3, 5], [5, 2], [3, 2]),
        ([2, 3, 5], [5, 4], [2, 3, 4]), ([3, 5], [2, 5, 4], [2, 3, 4]), ([2, 1, 3, 5], [4, 5, 2], [2, 4, 3, 2]),
        ([6, 17, 33], [6, 33, 16], [6, 17, 16]), ([1, 1], [1, 1], [1, 1]), ([1, 70], [70, 1], [1, 1]),
        ([3, 0], [0, 2], [3, 2]), ([0, 3], [3, 2], [0, 2]), ([2, 3, 5], [5], [2, 3]), ([5], [2, 5, 3], [2, 3]),
    ]

    @Test(arguments: shapes)
    func matmul(_ shapes: (a: [Int], b: [Int], result: [Int])) throws {
        let generator = RandomGenerator(seed: 1)
        let (a, b) = try (
            Tensor.randn(shapes.a, generator: generator), Tensor.randn(shapes.b, generator: generator)
        )
        let (left, right) = (Naive.Reader(a), Naive.Reader(b))
        // A row on the left, a column on the right: the dimension that they lack is put in.
        let rows = shapes.a.count > 1
        let columns = shapes.b.count > 1
        let batch = shapes.result.count - (rows ? 1 : 0) - (columns ? 1 : 0)
        let expected = try Naive.tensor(shapes.result) { index in
            func place(_ shape: [Int], _ last: [Int]) -> [Int] {
                let own = max(shape.count - 2, 0)
                let outer = (0..<own).map { shape[$0] == 1 ? 0 : index[batch - own + $0] }
                return outer + last
            }
            return (0..<shapes.a[shapes.a.count - 1]).reduce(0.0) { sum, k in
                let x = left[place(shapes.a, rows ? [index[batch], k] : [k])] ?? .nan
                let y = right[place(shapes.b, columns ? [k, index[index.count - 1]] : [k])] ?? .nan
                return sum + x * y
            }
        }
        for x in try layouts(of: a) {
            for y in try layouts(of: b) { try expectClose(x.matmul(y), expected, "\(x.strides) by \(y.strides)") }
        }
    }

    @Test func expandedFactors() throws {
        let row = try Tensor([1, 2, 3], shape: [1, 3])
        let (tall, other) = try (row.expanded(to: [4, 3]), Tensor.arange(1, 6).reshaped([3, 2]))
        #expect(try tall.matmul(other).values == [22, 28, 22, 28, 22, 28, 22, 28])
        #expect(try other.transposed(1, 2).matmul(tall.transposed(1, 2)).values == [22, 22, 22, 22, 28, 28, 28, 28])
        #expect(try row.expanded(to: [2, 1, 3]).matmul(other.expanded(to: [2, 3, 2])).values == [22, 28, 22, 28])
    }

    @Test func linearIsAProduct() throws {
        let generator = RandomGenerator(seed: 2)
        let weight = try Tensor.randn([4, 6], generator: generator)
        let bias = try Tensor.randn([4], generator: generator)
        for x in try layouts(of: Tensor.randn([3, 2, 6], generator: generator)) {
            let expected = try x.matmul(weight.transposed(1, 2)) + bias
            try expectClose(x.linear(weight: weight, bias: bias), expected, "linear")
            try expectClose(
                x.linear(weight: weight.transposed(1, 2).contiguous().transposed(1, 2), bias: bias), expected,
                "linear, weight transposed")
        }
        #expect(try Tensor.zeros([0, 6]).linear(weight: weight, bias: bias).shape == [0, 4])
    }

    @Test func powersAtZeroAndOfNegativeNumbers() throws {
        let x = try Tensor([0, 2], shape: [2]).requireGradient()
        let y = try Tensor([2, 3], shape: [2]).requireGradient()
        try Tensor.power(x, y).sum().backward()
        #expect(x.gradient?.values[0] == 0)
        #expect(y.gradient?.values[0] == 0)
        try expectClose(x.gradient, Tensor([0, 12], shape: [2]), "the gradient of the base")
        try expectClose(Tensor([-2, 3], shape: [2]).power(5), Tensor([-32, 243], shape: [2]), "an odd power")
        try expectClose(Tensor([-2, 3], shape: [2]).power(6), Tensor([64, 729], shape: [2]), "an even power")
        let zero = try Tensor(0).requireGradient()
        try zero.power(0).backward()
        #expect(try zero.gradient?.item() == 0)
    }

    @Test func sumsOverNothing() throws {
        #expect(try Tensor.zeros([0, 5]).sum([1]).values == [0, 0, 0, 0, 0])
        #expect(try Tensor.zeros([5, 0]).sum([2]).values == [0, 0, 0, 0, 0])
        #expect(try Tensor.zeros([0, 5]).sum().item() == 0)
        #expect(try Tensor.zeros([0]).mean().item().isNaN)
        for unbiased in [true, false] {
            #expect(try Tensor.zeros([0]).variance(unbiased: unbiased).item().isNaN)
            #expect(try Tensor.zeros([0]).standardDeviation(unbiased: unbiased).item().isNaN)
        }
        #expect(try Tensor.zeros([0]).norm().item() == 0)
    }

    @Test func deviationAndNorm() throws {
        let x = try Tensor([3, 4, 6, 8], shape: [2, 2])
        #expect(try x.norm([2]).values == [5, 10])
        #expect(try x.norm([2], keepDims: true).shape == [2, 1])
        #expect(try x.standardDeviation([2], unbiased: false).values == [0.5, 1])
    }
}
