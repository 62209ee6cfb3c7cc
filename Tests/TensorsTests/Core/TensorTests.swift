import Support
import Tensors
import Testing

/// Shapes, layouts, broadcasting, indexing and changes in place, against their definitions element by element.
struct TensorTests {
    private func counted(_ shape: [Int]) throws -> Tensor {
        try Tensor((0..<shape.reduce(1, *)).map(Float.init), shape: shape)
    }

    /// Tensors of awkward layouts, each with the elements it should have.
    private func awkward() throws -> [(tensor: Tensor, values: [Float])] {
        let t = try counted([2, 3, 4])
        func expected(_ place: (Int, Int, Int) -> Int, _ sizes: (Int, Int, Int)) -> [Float] {
            (0..<sizes.0).flatMap { i in
                (0..<sizes.1).flatMap { j in (0..<sizes.2).map { k in Float(place(i, j, k)) } }
            }
        }
        return [
            (t, expected({ i, j, k in 12 * i + 4 * j + k }, (2, 3, 4))),
            (try t.permuted([3, 1, 2]), expected({ i, j, k in 12 * j + 4 * k + i }, (4, 2, 3))),
            (try t.transposed(1, -1), expected({ i, j, k in 12 * k + 4 * j + i }, (4, 3, 2))),
            (try t.slice(3, 2, 4, step: 2), expected({ i, j, k in 12 * i + 4 * j + 2 * k + 1 }, (2, 3, 2))),
            (try t.slice(2, -2, -1), expected({ i, j, k in 12 * i + 4 * j + 4 + k }, (2, 2, 4))),
            (try t.slice(2, 2, 2).expanded(to: [2, 3, 4]), expected({ i, j, k in 12 * i + 4 + k }, (2, 3, 4))),
            (try t.flipped([1, 3]), expected({ i, j, k in 12 * (1 - i) + 4 * j + 3 - k }, (2, 3, 4))),
            (try t.channelsLast(), expected({ i, j, k in 12 * i + 4 * j + k }, (2, 3, 4))),
            (try t.select(1, 2).unsqueezed(2), expected({ i, _, k in 12 + 4 * i + k }, (3, 1, 4))),
            (try Tensor(5).expanded(to: [2, 2]), [5, 5, 5, 5]),
            (try counted([0, 3]), []),
        ]
    }

    @Test func valuesComeInLogicalOrder() throws {
        for (tensor, values) in try awkward() {
            #expect(tensor.values == values)
            #expect(try tensor.contiguous().values == values)
            #expect(try tensor.contiguous().isContiguous)
            #expect(try tensor.cloned().values == values)
            #expect(try tensor.cloned().storage !== tensor.storage)
        }
    }

    @Test func reshapingKeepsTheOrder() throws {
        let shapes = [[24], [2, 12], [6, 4], [4, 6], [1, 24, 1], [2, 1, 3, 4], [3, 8], [2, 2, 2, 3], [24, 1]]
        for (tensor, values) in try awkward() {
            for shape in shapes where shape.reduce(1, *) == tensor.count {
                let reshaped = try tensor.reshaped(shape)
                #expect(reshaped.shape == shape)
                #expect(reshaped.values == values)
            }
            #expect(try tensor.reshaped([-1]).values == values || tensor.count == 0)
            #expect(try tensor.flattened().values == values)
        }
        // What strides can say is a view.
        let t = try counted([4, 6]).slice(2, 1, 4)
        #expect(try t.reshaped([2, 2, 4]).storage === t.storage)
        #expect(try t.reshaped([4, 2, 1, 2]).storage === t.storage)
        #expect(try t.reshaped([16]).storage !== t.storage)
    }

    @Test func impossibleShapesAreRefused() throws {
        let t = try counted([2, 3])
        for shape in [[7], [-1, -1], [-1, 4], [-2, 3], [0], [.max, 2], [], [-1, 0]] {
            #expect(throws: TensorError.self) { try t.reshaped(shape) }
        }
        for shape in [[3], [2, 2], [6], [.max, 3], [2, 3, 1], [-1, 2, 3], [.max, .max, 2, 3]] {
            #expect(throws: TensorError.self) { try t.expanded(to: shape) }
        }
        #expect(throws: TensorError.self) { try t.permuted([1]) }
        #expect(throws: TensorError.self) { try t.permuted([1, 1]) }
        #expect(throws: TensorError.self) { try t.squeezed(3) }
        #expect(throws: TensorError.self) { try t.flattened(from: 2, to: 1) }
        #expect(throws: TensorError.self) { try Tensor([1, 2, 3], shape: [2]) }
        #expect(throws: TensorError.self) { try t.item() }
        #expect(try Tensor(4).item() == 4)
    }

    @Test(arguments: [
        ([2, 3], [3]), ([2, 3], [2, 1]), ([2, 1, 4], [3, 1]), ([], [2, 2]), ([5], []), ([1], [4]), ([0, 3], [1, 3]),
        ([2, 1], [1, 2]), ([3, 1, 2], [1, 4, 1]),
    ])
    func operandsBroadcast(a: [Int], b: [Int]) throws {
        let (x, y) = try (counted(a), counted(b).offset(by: 100))
        let sum = try x + y
        let rank = max(a.count, b.count)
        let (p, q) = ([Int](repeating: 1, count: rank - a.count) + a, [Int](repeating: 1, count: rank - b.count) + b)
        let shape = zip(p, q).map { $0 == 1 ? $1 : $0 }
        #expect(sum.shape == shape)
        var expected: [Float] = []
        for flat in 0..<shape.reduce(1, *) {
            var (rest, i, j, stepA, stepB) = (flat, 0, 0, 1, 1)
            for dim in (0..<rank).reversed() {
                let index = rest % shape[dim]
                rest /= shape[dim]
                i += p[dim] == 1 ? 0 : index * stepA
                j += q[dim] == 1 ? 0 : index * stepB
                (stepA, stepB) = (stepA * p[dim], stepB * q[dim])
            }
            expected.append(Float(i) + Float(j + 100))
        }
        #expect(sum.values == expected)
        #expect(try (y + x).values == expected)
    }

    @Test func shapesThatDoNotBroadcastAreNamed() throws {
        let error = try #require(throws: TensorError.self) { try counted([2, 3]) + counted([2]) }
        #expect(error.description == "add: second operand has shape 2 (expected one that broadcasts with 2x3)")
    }

    @Test func layoutsMeet() throws {
        // The operands of a sum lie in different orders, with gaps, and reversed.
        let all = try awkward().filter { $0.tensor.shape == [2, 3, 4] }
        for (a, x) in all {
            for (b, y) in all {
                #expect(try (a - b).values == zip(x, y).map { $0 - $1 })
                #expect(try Tensor.maximum(a, b).values == zip(x, y).map { max($0, $1) })
                #expect(try Tensor.select(b, a, b).values == zip(x, y).map { $1 == 0 ? $1 : $0 })
            }
            #expect(try a.negated().values == x.map(-))
        }
    }

    @Test func indicesCountFromOne() throws {
        let t = try counted([2, 3])
        #expect(try t.select(1, 2).values == [3, 4, 5])
        #expect(try t.select(-1, -1).values == [2, 5])
        #expect(try t.slice(2, 1, 2).values == [0, 1, 3, 4])
        #expect(try t.slice(2, 1, 0).shape == [2, 0])
        #expect(try t.slice(2, 3, 1).shape == [2, 0])
        #expect(try t.indexSelect(2, [3, 1, -1, 3]).values == [2, 0, 2, 2, 5, 3, 5, 5])
        #expect(try t.split(2, dim: 2).map(\.values) == [[0, 1, 3, 4], [2, 5]])
        for index in [0, 4, -4, .max, .min] {
            #expect(throws: TensorError.self) { try t.select(2, index) }
            #expect(throws: TensorError.self) { try t.select(index, 1) }
            #expect(throws: TensorError.self) { try t.slice(2, index, 2) }
            #expect(throws: TensorError.self) { try t.indexSelect(2, [1, index]) }
            #expect(throws: TensorError.self) { try t.transposed(1, index) }
            #expect(throws: TensorError.self) { try t.sum([index]) }
            #expect(throws: TensorError.self) { try t.flipped([index]) }
        }
        #expect(throws: TensorError.self) { try t.slice(1, 1, 2, step: 0) }
        #expect(throws: TensorError.self) { try t.sum([1, -2]) }
        #expect(throws: TensorError.self) { try t.split(0, dim: 1) }
        let error = try #require(throws: TensorError.self) { try t.select(2, 4) }
        #expect(error.description == "select: index is 4 (expected 1 to 3, or -3 to -1)")
    }

    @Test func tensorsAreJoinedAndPadded() throws {
        let t = try counted([2, 2])
        #expect(try Tensor.concatenate([t, t.offset(by: 10)], dim: 2).values == [0, 1, 10, 11, 2, 3, 12, 13])
        #expect(try Tensor.stack([t, t.negated()], dim: 3).values == [0, 0, 1, -1, 2, -2, 3, -3])
        #expect(throws: TensorError.self) { try Tensor.concatenate([t, counted([3])], dim: 1) }
        #expect(throws: TensorError.self) { try Tensor.concatenate([], dim: 1) }
        #expect(try t.padded(before: [0, 1], after: [1, 0], value: 9).values == [9, 0, 1, 9, 2, 3, 9, 9, 9])
        #expect(try t.padded(before: [-1, 0], after: [0, -1]).values == [2])
        for size in [-3, .min, .max] {
            #expect(throws: TensorError.self) { try t.padded(before: [size, 0], after: [0, 0]) }
        }
    }

    @Test func viewsShareTheirElements() throws {
        let t = try counted([2, 3])
        try t.transposed(1, 2).slice(1, 2, 2).fill(9)
        #expect(t.values == [0, 9, 2, 3, 9, 5])
        try t.select(1, 1).assign(t.select(1, 2))
        #expect(t.values == [3, 9, 5, 3, 9, 5])
        try t.add(Tensor([1, 2, 3], shape: [3]), factor: 10)
        #expect(t.values == [13, 29, 35, 13, 29, 35])
        try t.multiply(by: 2)
        try t.multiply(by: Tensor([1, 0], shape: [2, 1]))
        #expect(t.values == [26, 58, 70, 0, 0, 0])
        #expect(throws: TensorError.self) { try t.assign(counted([4])) }
        #expect(throws: TensorError.self) { try t.slice(1, 1, 1).expanded(to: [2, 3]).fill(1) }
    }

    @Test func overlappingViewsAreReadFirst() throws {
        let t = try counted([6])
        try t.slice(1, 2, 6).assign(t.slice(1, 1, 5))
        #expect(t.values == [0, 0, 1, 2, 3, 4])
        let s = try counted([6])
        try s.slice(1, 2, 6).add(s.slice(1, 1, 5))
        #expect(s.values == [0, 1, 3, 5, 7, 9])
        let m = try counted([3, 3])
        try m.assign(m.transposed(1, 2))
        #expect(m.values == [0, 3, 6, 1, 4, 7, 2, 5, 8])
    }

    @Test func changesCountUp() throws {
        let t = try counted([4])
        let before = t.storage.version
        try t.slice(1, 1, 2).fill(1)
        #expect(t.storage.version == before + 1)
        _ = try t + t
        #expect(t.storage.version == before + 1)
    }

    @Test func rangesAreMade() throws {
        #expect(try Tensor.arange(1, 5).values == [1, 2, 3, 4, 5])
        #expect(try Tensor.arange(0, 1, step: 0.25).values == [0, 0.25, 0.5, 0.75, 1])
        #expect(try Tensor.arange(3, 1, step: -1).values == [3, 2, 1])
        #expect(try Tensor.arange(1, 0).count == 0)
        #expect(try Tensor.linspace(0, 1, count: 3).values == [0, 0.5, 1])
        #expect(try Tensor.linspace(2, 1, count: 1).values == [2])
        #expect(try Tensor.eye(2).values == [1, 0, 0, 1])
        for (end, step) in [(1.0, 0.0), (.infinity, 1), (.nan, 1), (1e300, 1), (-1e300, 1), (1, 1e-300), (1, .nan)] {
            #expect(throws: TensorError.self) { try Tensor.arange(0, end, step: step) }
        }
        #expect(throws: TensorError.self) { try Tensor.linspace(0, 1, count: -1) }
        #expect(throws: TensorError.self) { try Tensor.eye(.max) }
    }

    @Test func theThreadsMakeNoDifference() throws {
        let before = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = before }
        func work() throws -> [[Float]] {
            let generator = RandomGenerator(seed: 3)
            let x = try Tensor.randn([7, 40, 50, 11], generator: generator).requireGradient()
            let y = try (x.transposed(2, 4) * Tensor.rand([11, 1, 40], generator: generator)).tanh()
            try y.sum([1, 3]).square().mean().backward()
            return try [y.sum().values, y.variance([2]).values, #require(x.gradient).values]
        }
        ThreadPool.shared.threads = 1
        let alone = try work()
        ThreadPool.shared.threads = 2
        #expect(try work() == alone)
    }
}
