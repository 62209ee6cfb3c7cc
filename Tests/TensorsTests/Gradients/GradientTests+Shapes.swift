import Tensors

extension GradientTests {
    private static func reduction(
        _ values: GradientCase.Values = .normal, expands: Bool = true, shape: [Int] = [3, 2, 2, 4],
        _ body: @escaping (Tensor) throws -> Tensor
    ) -> GradientCase {
        GradientCase([shape], values, expands: expands) { try body($0[0]) }
    }

    static func reductions(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .sum: [reduction { try $0.sum() }, reduction { try $0.sum([2, -1], keepDims: true) }]
        case .mean: [reduction { try $0.mean() }, reduction { try $0.mean([1, 3]) }]
        case .variance:
            [reduction { try $0.variance() }, reduction { try $0.variance([1, 4], unbiased: false, keepDims: true) }]
        case .max:
            [
                reduction(.distinct, expands: false) { try $0.max() },
                reduction(.distinct) { try $0.max(2).values },
                reduction(.distinct) { try $0.max(-1, keepDims: true).values },
            ]
        case .min:
            [
                reduction(.distinct, expands: false) { try $0.min() },
                reduction(.distinct) { try $0.min(3).values },
                reduction(.distinct) { try $0.min(2, keepDims: true).values },
            ]
        case .logSumExp: [reduction { try $0.logSumExp() }, reduction { try $0.logSumExp([2, 3], keepDims: true) }]
        case .softmax: (1...4).map { dim in reduction { try $0.softmax(dim) } }
        case .logSoftmax: (1...4).map { dim in reduction { try $0.logSoftmax(dim) } }
        default: []
        }
    }

    static func views(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .copy: [reduction { try $0.cloned() }, reduction { try $0.cloned().permuted([4, 3, 2, 1]).contiguous() }]
        case .reshape:
            [reduction { try $0.reshaped([6, -1]) }, reduction { try $0.permuted([2, 1, 4, 3]).reshaped([4, 12]) }]
        case .permute: [reduction { try $0.permuted([3, 1, 4, 2]) }]
        case .expand: [reduction(shape: [2, 1, 3]) { try $0.expanded(to: [2, 2, 4, 3]) }]
        case .slice: [reduction { try $0.slice(4, 2, 4, step: 2) }, reduction { try $0.select(1, -1) }]
        case .indexSelect: [reduction { try $0.indexSelect(1, [3, 1, 3]) }]
        case .concatenate:
            [
                GradientCase([[2, 3], [2, 1]]) { try Tensor.concatenate($0, dim: 2) },
                GradientCase([[2, 3], [2, 3]]) { try Tensor.stack([$0[0], $0[1], $0[0]], dim: 2) },
            ]
        case .pad:
            [
                reduction(shape: [2, 3, 4]) { try $0.padded(before: [1, 0, 2], after: [0, 1, 1], value: 3) },
                reduction(shape: [2, 3, 4]) { try $0.padded(before: [0, -1, 1], after: [1, 0, -2]) },
            ]
        case .flip: [reduction { try $0.flipped([1, -1]) }]
        default: []
        }
    }

    static func products(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .matmul:
            [
                [[3, 4], [4, 2]], [[4], [4]], [[3, 4], [4]], [[4], [4, 2]], [[2, 3, 4], [4, 2]],
                [[2, 3, 4], [2, 4, 2]],
                [[3, 4], [2, 4, 5]], [[2, 1, 3, 4], [3, 4, 2]], [[4], [2, 4, 3]], [[2, 3, 4], [4]],
            ].map { GradientCase($0) { try $0[0].matmul($0[1]) } }
        case .linear:
            [
                GradientCase([[5, 3], [2, 3], [2]]) { try $0[0].linear(weight: $0[1], bias: $0[2]) },
                GradientCase([[2, 4, 3], [2, 3]]) { try $0[0].linear(weight: $0[1]) },
                GradientCase([[3], [2, 3], [2]]) { try $0[0].linear(weight: $0[1], bias: $0[2]) },
            ]
        default: []
        }
    }
}
