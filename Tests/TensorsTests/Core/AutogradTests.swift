import Support
import Tensors
import Testing

struct AutogradTests {
    private func leaf(_ values: [Float]) throws -> Tensor {
        try Tensor(values, shape: [values.count]).requireGradient()
    }

    @Test func gradientsAddUp() throws {
        let x = try leaf([1, 2, 3])
        try (x * x).sum().backward()
        #expect(x.gradient?.values == [2, 4, 6])
        try (x * x).sum().backward()
        #expect(x.gradient?.values == [4, 8, 12])
        x.gradient = nil
        try x.sum().backward()
        #expect(x.gradient?.values == [1, 1, 1])
    }

    @Test func derivativesByLeavesLeaveTheirGradientsAlone() throws {
        let (a, b, c) = (try leaf([1, 2]), try leaf([3, 4]), try leaf([5]))
        a.gradient = try Tensor([9, 9], shape: [2])
        let gradients = try (a * b * a).sum().gradients(of: [a, c, b])
        #expect(gradients.map(\.values) == [[6, 16], [0], [1, 4]])
        #expect(a.gradient?.values == [9, 9])
        #expect(b.gradient == nil)
        #expect(throws: TensorError.self) { try Tensor(1).gradients(of: [a]) }
        #expect(throws: TensorError.self) { try (a * b).gradients(of: [a]) }
    }

    @Test func aDiamondIsWalkedOnce() throws {
        // y = x^2 is used thrice, once through itself: the gradient of y^2 + 5 y, by hand.
        let x = try leaf([3])
        let y = try x * x
        let z = try y * y + y.scaled(by: 5)
        try z.sum().backward()
        #expect(x.gradient?.values == [4 * 27 + 10 * 3])
        // 40 doublings in a row have 2^40 paths.
        let a = try leaf([1])
        var b = a
        for _ in 0..<40 { b = try b + b }
        try b.sum().backward()
        #expect(a.gradient?.values == [0x1p40])
    }

    @Test func theGraphIsFreedUnlessKept() throws {
        let x = try leaf([2])
        let y = try (x * x).sum()
        try y.backward(retainGraph: true)
        try y.backward()
        #expect(x.gradient?.values == [8])
        let error = try #require(throws: TensorError.self) { try y.backward() }
        #expect(error.description.contains("retain_graph = true"))
        // Two results that share a part of the graph.
        let shared = try x.exp()
        let (a, b) = try (shared.sum(), shared.square().sum())
        try a.backward()
        #expect(throws: TensorError.self) { try b.backward() }
    }

    @Test func memoryIsFreedOnTheWayBack() throws {
        let x = try leaf([1, 2])
        weak var inner: Storage?
        let y: Tensor
        do {
            let squared = try x.square()
            inner = squared.storage
            y = try (squared * squared).sum()
        }
        #expect(inner != nil)
        try y.backward()
        #expect(inner == nil)
    }

    @Test func onlyWhatADerivativeNeedsIsKept() throws {
        let x = try leaf([1, 2])
        weak var storage: Storage?
        let y: Tensor
        do {
            let squared = try x.square()
            storage = squared.storage
            y = try (squared + x - x).sum()
        }
        #expect(storage == nil)
        try y.backward()
        #expect(x.gradient?.values == [2, 4])
    }

    @Test func aMillionLinksAreFreed() throws {
        let x = try leaf([1])
        var y = x
        for _ in 0..<1_000_000 { y = try y.offset(by: 0) }
        y = x
        for _ in 0..<100_000 { y = try y + x }
        try y.backward()
        #expect(x.gradient?.values == [100_001])
    }

    @Test func branchesThatAreHeldStayAlive() throws {
        let x = try leaf([1])
        var held: [Tensor] = []
        var y = x
        for i in 0..<1000 {
            y = try y.offset(by: 1)
            if i % 100 == 0 { held.append(y) }
        }
        y = x
        for tensor in held {
            x.gradient = nil
            try tensor.backward(retainGraph: true)
            #expect(x.gradient?.values == [1])
        }
    }

    @Test func gradientsNeverShareStorage() throws {
        let (x, y) = try (leaf([1, 2]), leaf([3, 4]))
        let seed = try Tensor.ones([2])
        try (x + y).backward(gradient: seed)
        let (a, b) = try (#require(x.gradient), #require(y.gradient))
        #expect(a.storage !== b.storage && a.storage !== seed.storage && b.storage !== seed.storage)
        try a.fill(7)
        #expect(b.values == [1, 1])
        let z = try leaf([1, 2])
        try z.backward(gradient: seed)
        #expect(z.gradient?.storage !== seed.storage)
        // The gradient of an expanded sum is one number, repeated; the leaf's must be dense, and laid out as the leaf.
        let w = try Tensor.ones([1, 2, 3, 4]).channelsLast().requireGradient()
        try w.sum().backward()
        #expect(w.gradient?.strides == w.strides)
        try w.gradient?.fill(2)
    }

    @Test func whatNeedsNoGradientGetsNone() throws {
        let (x, c) = try (leaf([1, 2]), Tensor([3, 4], shape: [2]))
        try (x * c).sum().backward()
        #expect(c.gradient == nil)
        #expect(try (c * c).isLeaf)
        let error = try #require(throws: TensorError.self) { try c.sum().backward() }
        #expect(error.description.contains("requires a gradient"))
        try x.detached().square().sum().requireGradient().backward()
        #expect(x.gradient?.values == [3, 4])
    }

    @Test func gradientsNeedAScalarOrASeed() throws {
        let x = try leaf([1, 2])
        let y = try x.square()
        #expect(throws: TensorError.self) { try y.backward() }
        #expect(throws: TensorError.self) { try y.backward(gradient: Tensor.ones([3])) }
        try y.backward(gradient: Tensor([10, 100], shape: [2]))
        #expect(x.gradient?.values == [20, 400])
        #expect(throws: TensorError.self) { try y.requireGradient(false) }
    }

    @Test func nothingIsRecordedWhereDisabled() async throws {
        let x = try leaf([1])
        let y = try GradientMode.disabled { () throws(TensorError) in
            try GradientMode.disabled { () throws(TensorError) in _ = try x.exp() }
            #expect(!GradientMode.isEnabled)
            return try x * x
        }
        #expect(y.isLeaf && !y.requiresGradient)
        #expect(GradientMode.isEnabled)
        #expect(throws: TensorError.self) {
            try GradientMode.disabled { () throws(TensorError) in throw .interrupted }
        }
        #expect(GradientMode.isEnabled)
        // Another thread has its own setting.
        await GradientMode.disabled {
            #expect(!GradientMode.isEnabled)
            return Task.detached { #expect(GradientMode.isEnabled) }
        }.value
    }

    @Test func gradientsOfGradientsAreNotRecorded() throws {
        let x = try leaf([2])
        try x.square().sum().backward()
        #expect(x.gradient?.requiresGradient == false)
    }
}
