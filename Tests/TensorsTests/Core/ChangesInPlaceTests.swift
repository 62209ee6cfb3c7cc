import Support
import Tensors
import Testing

/// Changes in place as gradients see them; the values are PyTorch's.
struct ChangesInPlaceTests {
    private func leaf(_ values: [Float]) throws -> Tensor {
        try Tensor(values, shape: [values.count]).requireGradient()
    }

    @Test func leavesAreForNoGrad() throws {
        let x = try leaf([1, 2])
        for change in try [x, x.slice(1, 1, 1), x.reshaped([2, 1]), x.select(1, 2)] {
            let error = try #require(throws: TensorError.self) { try change.fill(0) }
            #expect(error.description.contains("within no_grad only"))
            #expect(throws: TensorError.self) { try change.add(Tensor(1)) }
            #expect(throws: TensorError.self) { try change.clamp(minimum: 0) }
        }
        try GradientMode.disabled { () throws(TensorError) in _ = try x.slice(1, 2, 2).fill(5) }
        #expect(x.values == [1, 5] && x.isLeaf)
        let plain = try Tensor.zeros([2])
        let view = try plain.select(1, 1)
        try plain.requireGradient()
        #expect(throws: TensorError.self) { try view.fill(1) }
    }

    @Test func whatWasReadIsNotToChange() throws {
        let x = try leaf([1, 2])
        let c = try Tensor([3, 4], shape: [2])
        let y = try (x * c).sum()
        try c.slice(1, 2, 2).fill(9)
        let error = try #require(throws: TensorError.self) { try y.backward() }
        #expect(error.description.contains("changed in place"))
        // What an operation made and kept, also where the change is recorded or made through a detached tensor.
        let changes: [(Tensor) throws -> Void] = [
            { e in try GradientMode.disabled { () throws(TensorError) in _ = try e.fill(1) } },
            { try $0.add(Tensor(1)) }, { try $0.detached().add(Tensor(1)) }, { try $0.select(1, 1).fill(0) },
        ]
        for change in changes {
            let e = try x.exp()
            try change(e)
            #expect(throws: TensorError.self) { try e.sum().backward() }
        }
        // What no gradient needs may change; a change before the use is fine, and one in no_grad between two uses.
        let sum = try x + c
        try c.fill(2)
        try sum.sum().backward()
        try (x * c).sum().backward()
        #expect(x.gradient?.values == [3, 3])
        try GradientMode.disabled { () throws(TensorError) in _ = try x.add(c, factor: -1) }
        #expect(x.values == [-1, 0])
        try (x * c).sum().backward()
        #expect(x.gradient?.values == [5, 5])
    }

    /// A change in place, and the same without.
    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (Tensor, Tensor) throws -> Tensor
        let same: @Sendable (Tensor, Tensor) throws -> Tensor

        init(
            _ name: String, _ change: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
            same: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
        ) {
            (self.name, self.change, self.same) = (name, change, same)
        }

        var testDescription: String { name }
    }

    static let changes = [
        Change("copy_") {
            try $0.assign($1)
        } same: {
            try $1.expanded(to: $0.shape)
        },
        Change("add_") {
            try $0.add($1, factor: 3)
        } same: {
            try $0 + $1.scaled(by: 3)
        },
        Change("mul_") {
            try $0.multiply(by: $1)
        } same: {
            try $0 * $1
        },
        Change("div_") {
            try $0.divide(by: $1)
        } same: {
            try $0 / $1
        },
        Change("mul_ by a number") { x, _ in
            try x.multiply(by: 3)
        } same: { x, _ in
            try x.scaled(by: 3)
        },
        Change("fill_") { x, _ in
            try x.fill(3)
        } same: { x, _ in
            try x.scaled(by: 0).offset(by: 3)
        },
        Change("clamp_") { x, _ in
            try x.clamp(minimum: 0.8)
        } same: { x, _ in
            try x.clamped(minimum: 0.8)
        },
        Change("masked_fill_") {
            try $0.maskedAssign(Tensor(3), where: $0.compared(.less, $1))
        } same: {
            try Tensor.select($0.compared(.less, $1), Tensor(3), $0)
        },
        Change("index_put_") { x, y in
            try x.assign(y.select(1, 1), to: [x.choice(Tensor([2, 1], shape: [2]), from: 1)])
        } same: { x, y in
            let rows = try y.select(1, 1).expanded(to: [2] + x.shape.dropFirst())
            return try Tensor.concatenate([rows, x.slice(1, 3, -1)], dim: 1)
        },
    ]

    /// Views that changes are made through.
    private static let views: [@Sendable (Tensor) throws -> Tensor] = [
        { $0 }, { try $0.slice(2, 2, 4, step: 2) }, { try $0.reshaped([6, -1]) }, { try $0.permuted([2, 1]) },
        { try $0.transposed(1, 2).slice(1, 1, 3) },
        { try $0.slice(1, 1, 3).reshaped([3, 2, 2]).slice(2, 1, 2).transposed(2, 3) },
    ]

    @Test(arguments: changes)
    func gradientsAreCarried(_ change: Change) throws {
        for (number, view) in Self.views.enumerated() {
            for needed in [(old: true, new: true), (true, false), (false, true)] {
                try compare(change, through: view, "\(change.name) through view \(number + 1)", needed)
            }
        }
    }

    private func compare(
        _ change: Change, through view: (Tensor) throws -> Tensor, _ name: String, _ needed: (old: Bool, new: Bool)
    ) throws {
        let generator = RandomGenerator(seed: 3)
        let start = try Tensor.rand([3, 4], generator: generator).offset(by: 0.5)
        let part = try view(start)
        let other = try Tensor.rand([part.shape[0]] + part.shape.dropFirst().map { _ in 1 }, generator: generator)
            .offset(by: 0.5)
        let weights = try Tensor.rand([3, 4], generator: generator)
        func leaves() throws -> (old: Tensor, new: Tensor) {
            try (start.cloned().requireGradient(needed.old), other.cloned().requireGradient(needed.new))
        }

        let (old, new) = try leaves()
        let whole = try old.cloned()
        let before = try whole.select(1, 1)
        _ = try change.change(view(whole), new)
        let after = try whole.select(1, 1)
        #expect(before.requiresGradient == whole.requiresGradient, "\(name)")
        guard whole.requiresGradient else { return }
        try (whole * weights).sum().backward(retainGraph: true)

        // The same out of place: what was changed is put back by a choice.
        let (oldTwin, newTwin) = try leaves()
        let marks = try Tensor.zeros([3, 4])
        try view(marks).fill(1)
        let result = try change.same(view(oldTwin), newTwin)
        let values = try Tensor.zeros([3, 4])
        try view(values).assign(result.detached())
        let wanted = try Tensor.select(marks, values, oldTwin.detached())
        #expect(whole.values == wanted.values, "\(name)")
        let rest = try oldTwin * (weights * marks.compared(.equal, Tensor(0)))
        try ((result * view(weights)).sum() + rest.sum()).backward()
        for (found, wanted) in [(old.gradient, oldTwin.gradient), (new.gradient, newTwin.gradient)] {
            let isSame =
                if let found, let wanted { found.isClose(to: wanted, relative: 1e-4, absolute: 1e-6) } else {
                    found == nil && wanted == nil
                }
            #expect(isSame, "\(name): \(found?.values ?? []) is not \(wanted?.values ?? [])")
        }

        // Views from before the change, and from after it, see it alike.
        var gradients: [[[Float]?]] = []
        for row in [before, after] {
            (old.gradient, new.gradient) = (nil, nil)
            try row.sum().backward(retainGraph: true)
            gradients.append([old.gradient?.values, new.gradient?.values])
        }
        #expect(gradients[0] == gradients[1], "\(name)")
    }

    @Test func aLoopThatFillsATensor() throws {
        let x = try leaf([1, 2, 3])
        let out = try Tensor.zeros([4])
        try out.select(1, 1).assign(Tensor(1))
        // A recurrence: each element is made of the one before.
        for i in 1...3 { try out.select(1, i + 1).assign(out.select(1, i).cloned() * x.select(1, i)) }
        #expect(out.values == [1, 1, 2, 6])
        try out.sum().backward()
        #expect(x.gradient?.values == [9, 4, 2])
    }

    @Test func indicesThatComeTwiceAllGetTheGradient() throws {
        let x = try leaf([1, 2, 3])
        let out = try Tensor.zeros([2])
        try out.assign(x, to: [out.choice(Tensor([1, 2, 1], shape: [3]), from: 1)])
        #expect(out.values == [3, 2])
        try (out * Tensor([5, 7], shape: [2])).sum().backward()
        #expect(x.gradient?.values == [5, 7, 5])
    }

    @Test func whatIsWrittenOverGetsZero() throws {
        let x = try leaf([1, 2])
        let y = try x.scaled(by: 2)
        try y.fill(0)
        #expect(y.requiresGradient)
        try y.sum().backward()
        #expect(x.gradient?.values == [0, 0])
    }

    @Test func detachedTensorsHaveAHistoryOfTheirOwn() throws {
        let x = try leaf([1, 2])
        let y = try x.scaled(by: 2)
        let copy = y.detached()
        try copy.assign(x.square())
        #expect(copy.requiresGradient && y.values == [1, 4])
        try y.sum().backward()
        #expect(x.gradient?.values == [2, 2])
        try copy.sum().backward()
        #expect(x.gradient?.values == [4, 6])
    }

    @Test func viewsOfAnExpandedOrStridedBase() throws {
        let x = try leaf([1, 2])
        // A view that repeats elements, made before the base got its history.
        let base = try Tensor.zeros([2, 1])
        let wide = try base.expanded(to: [2, 3])
        try base.assign(x.reshaped([2, 1]))
        try (wide * Tensor.arange(1, 6).reshaped([2, 3])).sum().backward()
        #expect(x.gradient?.values == [6, 15])
        #expect(throws: TensorError.self) { try wide.fill(0) }
        // A detached part of a larger tensor.
        let part = try Tensor.zeros([2, 5]).slice(2, 2, 4, step: 2).detached()
        x.gradient = nil
        try part.select(2, 2).assign(x)
        try part.square().sum().backward()
        #expect(x.gradient?.values == [2, 4])
    }

    @Test func nothingIsRecordedInNoGrad() throws {
        let x = try leaf([1, 2])
        let out = try Tensor.zeros([2])
        try GradientMode.disabled { () throws(TensorError) in _ = try out.assign(x) }
        #expect(!out.requiresGradient)
        let view = try GradientMode.disabled { () throws(TensorError) in try out.slice(1, 1, 1) }
        try view.assign(x.slice(1, 2, 2))
        try out.sum().backward()
        #expect(x.gradient?.values == [0, 1])
    }

    @Test func aMillionViewsAndAHundredThousandWritesAreFreed() throws {
        var view = try Tensor.zeros([1])
        for _ in 0..<1_000_000 { view = try view.reshaped([1]) }
        let x = try leaf([1])
        let out = try Tensor.zeros([1])
        for _ in 0..<100_000 { try out.add(x) }
        try out.backward()
        #expect(x.gradient?.values == [100_000])
        for _ in 0..<100_000 { try out.add(x) }
    }
}
