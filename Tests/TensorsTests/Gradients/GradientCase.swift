import Support
import Tensors
import Testing

/// A seeded example of an operation, and the check of its derivative.
struct GradientCase {
    /// How the elements of an input are drawn.
    enum Values {
        /// Normal numbers.
        case normal
        /// Numbers in 0.5 ... 2.
        case positive
        /// Numbers in +-(0.3 ... 1.5), for functions with a kink at 0.
        case awayFromZero
        /// A shuffled ladder with rungs 0.2 apart, for choices among elements.
        case distinct
        /// Numbers in -0.8 ... 0.8.
        case withinOne
        /// Numbers in 0.15 ... 0.35 above multiples of 0.5, for functions with steps.
        case betweenSteps
    }

    /// How an input lies in memory.
    enum Layout: CaseIterable {
        case contiguous, reversed, channelsLast, sliced, expanded
    }

    /// The shapes of the inputs that get gradients.
    let shapes: [[Int]]
    /// How their elements are drawn.
    var values = Values.normal
    /// Whether inputs may be repeated along their first dimension: not where that makes equal elements compete.
    var expands = true
    /// The longest step of the differences.
    var step: Float = 0x1p-4
    /// What is done with the inputs.
    let body: ([Tensor]) throws -> Tensor

    init(
        _ shapes: [[Int]], _ values: Values = .normal, expands: Bool = true, step: Float = 0x1p-4,
        body: @escaping ([Tensor]) throws -> Tensor
    ) {
        self.shapes = shapes
        self.values = values
        self.expands = expands
        self.step = step
        self.body = body
    }

    /// A leaf, and the input that is made of it.
    private struct Input {
        let leaf: Tensor
        let view: (Tensor) throws -> Tensor
    }

    /// Compares the derivative with central differences for every layout of the inputs, and expects the graph to
    /// contain `operation`.
    func check(_ operation: Operation, seed: UInt64) throws {
        for layout in Layout.allCases where layout != .expanded || expands {
            let generator = RandomGenerator(seed: seed)
            let inputs = try shapes.map { try input($0, layout, generator) }
            let output = try body(try inputs.map { try $0.view($0.leaf) })
            #expect(output.contains(operation), "\(operation) is not in the graph")
            let weights = try Tensor.rand(output.shape, generator: generator).offset(by: -0.4)
            try output.backward(gradient: weights)
            for (number, input) in inputs.enumerated() {
                try compare(input, number, of: inputs, weights: weights.values, "\(operation), \(layout)", generator)
            }
        }
    }

    /// A sum of what the case gives for inputs that have that sum written over their elements afterwards, and so are
    /// results of what they were inputs of.
    func writingOverInputs() throws -> Tensor {
        let generator = RandomGenerator(seed: 1)
        let inputs = try shapes.map { try leaf($0, generator).cloned() }
        let sum = try body(inputs).sum()
        for input in inputs where input.count > 0 { try input.fill(0).add(sum) }
        return sum
    }

    /// Compares some elements of one leaf's gradient with differences.
    private func compare(
        _ input: Input, _ number: Int, of inputs: [Input], weights: [Float], _ name: String,
        _ generator: RandomGenerator
    ) throws {
        let leaf = input.leaf
        let gradient = try #require(leaf.gradient, "\(name): input \(number + 1) has no gradient")
        #expect(gradient.shape == leaf.shape)
        let analytic = gradient.values
        let scale = (analytic.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(analytic.count, 1)))
            .squareRoot()
        let start = leaf.values
        func loss(_ index: Int, _ change: Float) throws -> (value: Double, at: Double) {
            var moved = start
            moved[index] += change
            let tensors = try inputs.enumerated().map { other, input in
                try input.view(other == number ? Tensor(moved, shape: leaf.shape) : input.leaf.detached())
            }
            let value = zip(try body(tensors).values, weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            return (value, Double(moved[index]))
        }
        func difference(_ index: Int, _ step: Float) throws -> Double {
            let (after, before) = (try loss(index, step), try loss(index, -step))
            return (after.value - before.value) / (after.at - before.at)
        }
        for index in generator.permutation(start.count).prefix(12) {
            // Richardson's extrapolation takes the error of order step^2 out.
            let numeric = try (4 * difference(index, step / 2) - difference(index, step)) / 3
            let error = abs(numeric - Double(analytic[index]))
            #expect(
                error <= 2e-3 * (abs(numeric) + scale) + 1e-4,
                "\(name): input \(number + 1), element \(index): \(analytic[index]) is not \(numeric)")
        }
    }

    /// An input of `shape` in a layout.
    private func input(_ shape: [Int], _ layout: Layout, _ generator: RandomGenerator) throws -> Input {
        switch layout {
        case .contiguous: return Input(leaf: try leaf(shape, generator)) { $0 }
        case .reversed:
            let order = Array((1...max(shape.count, 1)).reversed())
            guard !shape.isEmpty else { return Input(leaf: try leaf(shape, generator)) { $0 } }
            return Input(leaf: try leaf(shape.reversed(), generator)) { try $0.permuted(order) }
        case .channelsLast: return Input(leaf: try leaf(shape, generator)) { try $0.channelsLast() }
        case .sliced:
            guard let last = shape.last else { return Input(leaf: try leaf(shape, generator)) { $0 } }
            return Input(leaf: try leaf(shape.dropLast() + [2 * last + 1], generator)) {
                try $0.slice(shape.count, 2, 2 * last, step: 2)
            }
        case .expanded:
            guard !shape.isEmpty else { return Input(leaf: try leaf(shape, generator)) { $0 } }
            return Input(leaf: try leaf([1] + shape.dropFirst(), generator)) { try $0.expanded(to: shape) }
        }
    }

    private func leaf(_ shape: [Int], _ generator: RandomGenerator) throws -> Tensor {
        let count = shape.reduce(1, *)
        let drawn: [Float]
        switch values {
        case .normal: drawn = try Tensor.randn([count], generator: generator).values
        case .positive: drawn = (0..<count).map { _ in 0.5 + 1.5 * generator.uniform() }
        case .awayFromZero:
            drawn = (0..<count).map { _ in
                (0.3 + 1.2 * generator.uniform()) * (generator.uniform() < 0.5 ? -1 : 1)
            }
        case .withinOne: drawn = (0..<count).map { _ in 1.6 * generator.uniform() - 0.8 }
        case .betweenSteps:
            drawn = (0..<count).map { _ in 0.5 * Float(generator.below(8)) - 1.85 + 0.2 * generator.uniform() }
        case .distinct: drawn = generator.permutation(count).map { 0.2 * Float($0) - 0.1 * Float(count) }
        }
        return try Tensor(drawn, shape: shape).requireGradient()
    }
}

extension Tensor {
    /// Whether `operation` is among those that this tensor was computed by.
    func contains(_ operation: Operation) -> Bool {
        var pending = [node].compactMap { $0 }
        while let node = pending.popLast() {
            if node.operation == operation { return true }
            pending += node.sources
        }
        return false
    }
}
