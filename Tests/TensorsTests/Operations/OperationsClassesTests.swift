import Foundation
import Support
import Tensors
import TestSupport
import Testing

@Suite struct OperationsClassesTests {
    /// Among them rows of 2, 3, 4 and 5 elements, more than sixteen of each.
    static let shapes = [
        [7], [2, 3, 4], [3, 17, 2, 5], [2, 2, 3, 4, 33], [1, 40, 1], [2, 1, 3], [2, 150, 2], [2, 20, 3], [37, 4],
        [50, 5],
        [2, 3, 5, 7], [1, 4, 6, 6],
    ]

    @Test(arguments: shapes)
    func softmax(_ shape: [Int]) throws {
        let base = try Tensor.randn(shape, generator: RandomGenerator(seed: 2)).scaled(by: 5)
        let reader = Naive.Reader(base)
        for dim in 1...shape.count {
            func column(_ index: [Int]) -> [Double] {
                (0..<shape[dim - 1]).map { k in
                    var at = index
                    at[dim - 1] = k
                    return reader[at] ?? .nan
                }
            }
            let logarithms = try Naive.tensor(shape) { index in
                (reader[index] ?? .nan) - log(column(index).reduce(0) { $0 + exp($1) })
            }
            let sums = try Naive.tensor(shape) { log(column($0).reduce(0) { $0 + exp($1) }) }
            for x in try layouts(of: base) {
                try expectClose(x.logSoftmax(dim), logarithms, "log_softmax(\(dim))")
                try expectClose(x.softmax(dim), logarithms.exp(), "softmax(\(dim))")
                try expectClose(
                    x.logSumExp([dim], keepDims: true).expanded(to: shape), sums, "logsumexp(\(dim))")
            }
        }
    }

    @Test func softmaxOfExtremes() throws {
        let x = try Tensor([1e30, 0, -1e30, -.infinity], shape: [4])
        #expect(try x.softmax(1).values == [1, 0, 0, 0])
        #expect(try x.logSumExp().item() == 1e30)
        #expect(try Tensor([.nan, 1], shape: [2]).softmax(1).values.allSatisfy(\.isNaN))
        #expect(try Tensor.full([3], -.infinity).logSumExp().item() == -.infinity)
        #expect(try Tensor([1, .infinity], shape: [2]).logSumExp().item() == .infinity)
        #expect(try Tensor.zeros([2, 0]).logSumExp([2]).values == [-.infinity, -.infinity])
        #expect(try Tensor.zeros([3, 0, 2]).softmax(1).shape == [3, 0, 2])
    }

    @Test(arguments: shapes)
    func extremes(_ shape: [Int]) throws {
        // Few different values, so that there are ties: the first one counts.
        let base =
            try Tensor.rand(shape, generator: RandomGenerator(seed: 3)).scaled(by: 6)
            .compared(.greater, Tensor(3)) + Tensor.arange(1, Double(shape.reduce(1, *))).reshaped(shape).scaled(by: 0)
        let reader = Naive.Reader(base)
        for dim in 1...shape.count {
            var reduced = shape
            reduced[dim - 1] = 1
            let all = Naive.indices(of: reduced).map { index in
                (0..<shape[dim - 1]).map { k -> Double in
                    var at = index
                    at[dim - 1] = k
                    return reader[at] ?? .nan
                }
            }
            for x in try layouts(of: base) {
                let (largest, smallest) = try (x.max(dim, keepDims: true), x.min(dim))
                #expect(largest.values.values.map(Double.init) == all.map { $0.max() ?? .nan })
                #expect(largest.values.shape == reduced && largest.indices.shape == reduced)
                #expect(smallest.values.values.map(Double.init) == all.map { $0.min() ?? .nan })
                #expect(largest.indices.values == all.map { Float(($0.firstIndex(of: $0.max() ?? 0) ?? 0) + 1) })
                #expect(try x.argmin(dim).values == all.map { Float(($0.firstIndex(of: $0.min() ?? 0) ?? 0) + 1) })
            }
        }
    }

    @Test func extremesOfAllElements() throws {
        let many = try Tensor.randn([3, 70_001], generator: RandomGenerator(seed: 4))
        #expect(try many.max().item() == many.values.max())
        #expect(try many.transposed(1, 2).min().item() == many.values.min())
        #expect(try Tensor([1, .nan, 3], shape: [3]).max().item().isNaN)
        let (values, indices) = try Tensor([1, .nan, 3, .nan], shape: [4]).min(1)
        #expect(try values.item().isNaN && indices.item() == 2)
        let tied = try Tensor([2, 1, 2], shape: [3]).requireGradient()
        try tied.max().backward()
        #expect(tied.gradient?.values == [0.5, 0, 0.5])
    }

    @Test func losses() throws {
        let generator = RandomGenerator(seed: 5)
        let logits = try Tensor.randn([2, 3, 5, 7], generator: generator)
        let labels = try Tensor((0..<70).map { _ in Float(generator.below(3)) }, shape: [2, 5, 7])
        let (x, t) = (Naive.Reader(logits), Naive.Reader(labels))
        func probability(_ voxel: [Int], _ class: Int) -> Double {
            func score(_ k: Int) -> Double { x[[voxel[0], k, voxel[1], voxel[2]]] ?? .nan }
            return exp(score(`class`)) / (0..<3).reduce(0) { $0 + exp(score($1)) }
        }
        let voxels = Naive.indices(of: labels.shape)
        let each = try Naive.tensor(labels.shape) { -log(probability($0, Int(t[$0] ?? 0))) }
        // The mean over the classes but 0.
        let dice = (1...2).reduce(0.0) { sum, k in
            let overlap = voxels.reduce(0.0) { $0 + (t[$1] == Double(k) ? probability($1, k) : 0) }
            let total = voxels.reduce(0.0) { $0 + probability($1, k) + (t[$1] == Double(k) ? 1 : 0) }
            return sum + (1 - (2 * overlap + 0.5) / (total + 0.5)) / 2
        }
        for input in try layouts(of: logits) {
            try expectClose(input.crossEntropy(labels: labels, reduction: .none), each, "one loss a voxel")
            try expectClose(input.crossEntropy(labels: labels, reduction: .sum), each.sum(), "the sum")
            try expectClose(input.crossEntropy(labels: labels), each.mean(), "the mean")
            try expectClose(input.diceLoss(labels: labels, epsilon: 0.5), Tensor(Float(dice)), "the Dice loss")
        }
        // Certain and right: no loss; nothing to find and nothing found: no Dice loss either.
        let certain = try Tensor([-50, 50, 50, -50], shape: [1, 2, 2])
        let right = try Tensor([1, 0], shape: [1, 2])
        #expect(try certain.crossEntropy(labels: right).item() == 0)
        #expect(try certain.diceLoss(labels: right).item() < 1e-6)
        let nothing = try Tensor([50, 50, -50, -50], shape: [1, 2, 2])
        #expect(try abs(nothing.diceLoss(labels: Tensor.zeros([1, 2])).item()) < 1e-6)
        #expect(try nothing.diceLoss(labels: Tensor.ones([1, 2])).item() > 0.99)
    }
}
