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
        case .standardDeviation:
            [
                reduction { try $0.standardDeviation() },
                reduction { try $0.standardDeviation([2, 4], unbiased: false, keepDims: true) },
            ]
        case .norm: [reduction { try $0.norm() }, reduction { try $0.norm([1, 3], keepDims: true) }]
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

    /// Scans, and what chooses among elements by order or by index.
    static func orders(_ operation: Operation) -> [GradientCase] {
        let places = [2, 1, 1, -1, 2, 3] as [Float]
        return switch operation {
        case .cumsum: [reduction { try $0.cumsum(1) }, reduction { try $0.cumsum(-1) }]
        case .cumprod: [reduction(.awayFromZero) { try $0.cumprod(2) }, reduction(.awayFromZero) { try $0.cumprod(4) }]
        case .logCumSumExp: [reduction { try $0.logCumSumExp(1) }, reduction { try $0.logCumSumExp(3) }]
        case .product:
            [
                reduction(.awayFromZero, shape: [3, 2]) { try $0.product() },
                reduction(.awayFromZero) { try $0.product(-1) },
                reduction(.awayFromZero) { try $0.product(1, keepDims: true) },
            ]
        case .median: [reduction(.distinct, expands: false) { try $0.median() }]
        case .gather:
            [
                reduction { try $0.gather(1, Tensor(places, shape: [3, 1, 1, 2])) },
                reduction(.distinct) { try $0.median(2, keepDims: true).values },
                reduction(.distinct, expands: false) { try $0.sorted(4, descending: true).values },
                reduction(.distinct, expands: false) { try $0.topk(2, 1, largest: false).values },
                reduction(.distinct) { try $0.quantile(Tensor([0.3, 1, 0.5], shape: [3]), 4) },
                reduction(.distinct, expands: false) { try $0.quantile(Tensor(0.77)) },
            ]
        case .scatter:
            [
                GradientCase([[4, 2], [3, 2]]) {
                    try $0[0].scatter(1, Tensor([2, 1, 3, -1, 1, 2], shape: [3, 2]), $0[1])
                }
            ]
        case .scatterAdd:
            [
                GradientCase([[4, 2], [3, 2]]) { try $0[0].scatterAdd(1, Tensor(places, shape: [3, 2]), $0[1]) },
                GradientCase([[2, 3], [4, 3]]) { try $0[0].scatterAdd(-1, Tensor(places, shape: [2, 3]), $0[1]) },
            ]
        default: []
        }
    }

    static func changes(_ operation: Operation) -> [GradientCase] {
        func change(_ other: [Int], _ body: @escaping (Tensor, Tensor) throws -> Tensor) -> GradientCase {
            GradientCase([[3, 4, 2], other]) { try body($0[0].cloned(), $0[1]) }
        }
        return switch operation {
        case .assign:
            [
                change([3, 4, 2]) { try $0.assign($1) }, change([4, 1]) { try $0.assign($1) },
                change([3, 2]) { x, y in
                    try x.slice(2, 2, 4, step: 2).select(2, 2).assign(y)
                    return x
                },
                change([2, 4]) { x, y in
                    try x.permuted([3, 2, 1]).select(3, 1).multiply(by: y)
                    return try x.square()
                },
            ]
        case .asStrided:
            [
                change([3, 4, 2]) { x, y in
                    let view = try x.transposed(1, 3).slice(2, 2, 3)
                    try x.multiply(by: y)
                    return view
                },
                change([1, 1, 2]) { x, y in
                    let view = try x.slice(1, 1, 1).expanded(to: [3, 4, 2])
                    try x.assign(y)
                    return try view * Tensor.arange(1, 24).reshaped([3, 4, 2]).scaled(by: 0.1)
                },
            ]
        case .indexPut:
            [
                change([3, 4, 2]) { try $0.assign($1, to: [$0.choice(Tensor([3, 1, -2], shape: [3]), from: 1)]) },
                change([3, 2, 2]) { x, y in
                    try x.assign(y, to: [x.choice(Tensor([4, 2], shape: [2]), from: 2)])
                },
                change([2]) { x, y in
                    let (first, last) = try (Tensor([1, 3], shape: [2]), Tensor([2, 1], shape: [2]))
                    return try x.assign(y.unsqueezed(2), to: [x.choice(first, from: 1), x.choice(last, from: 3)])
                },
            ]
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
        case .diagonal:
            [
                GradientCase([[3, 4]]) { try $0[0].diagonal(offset: 1) },
                GradientCase([[3, 2, 4]]) { try $0[0].diagonal(offset: -1, dim1: 3, dim2: 1) },
                GradientCase([[2, 3, 3], [3, 2]]) { try Tensor.einsum("aii,ib->ab", $0) },
            ]
        case .distances:
            [
                GradientCase([[30, 2], [2, 3, 2]]) { try $0[0].distances(to: $0[1].offset(by: 6)) },
                GradientCase([[2, 3, 2], [27, 2]]) { try $0[0].offset(by: -6).distances(to: $0[1]) },
            ]
        default: []
        }
    }
}
