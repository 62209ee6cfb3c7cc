import Support
import Tensors

/// A sum over many rows whose intermediate results would not fit a cache at once, and its gradients.
///
/// It is computed for some rows at a time, each part in a thread of its own; a part's gradients are taken as soon as
/// its value is known, which frees what the part kept.
struct ChunkedSum {
    /// The scalar sum over some rows of the inputs: those from `first` to `last`, counted from 1.
    typealias Body = (_ parts: [Tensor], _ first: Int, _ last: Int) throws(TensorError) -> Tensor

    /// The sum.
    private(set) var value = 0.0
    /// The gradients by the inputs, part by part.
    private var inputGradients: [[Tensor]]
    /// The gradients by the parameters.
    private(set) var parameterGradients: [Tensor] = []

    /// How many parts' gradients are held before they are added up; enough for many threads.
    private static let partsAtOnce = 32

    /// The sum of `body` over parts of `inputs`, `rows` rows (indices of dimension 1) at a time.
    ///
    /// - Parameters:
    ///   - inputs: Tensors of an equal number of rows.
    ///   - parameters: Leaves that `body` uses for every part and whose gradients are wanted; nil where no gradients
    ///     are wanted, not even those of the inputs.
    init(of inputs: [Tensor], parameters: [Tensor]?, rows: Int, body: Body) throws(TensorError) {
        inputGradients = [[Tensor]](repeating: [], count: inputs.count)
        let count = inputs.first?.shape.first ?? 0
        let parts = (count + rows - 1) / rows
        for start in stride(from: 0, to: parts, by: Self.partsAtOnce) {
            let number = min(Self.partsAtOnce, parts - start)
            let results = try ThreadPool.shared.map(number) { index throws(TensorError) in
                let first = (start + index) * rows + 1
                return try Self.part(inputs, first, min(count, first + rows - 1), parameters, body: body)
            }
            guard results.count == number else { throw .interrupted }
            for (sum, gradients) in results {
                value += sum
                guard parameters != nil else { continue }
                for index in inputs.indices { inputGradients[index].append(gradients[index]) }
                parameterGradients = try parameterGradients.added(Array(gradients.dropFirst(inputs.count)))
            }
        }
    }

    /// The value of one part and, where `parameters` are given, its gradients by the inputs and by the parameters.
    private static func part(
        _ inputs: [Tensor], _ first: Int, _ last: Int, _ parameters: [Tensor]?, body: Body
    ) throws(TensorError) -> (Double, [Tensor]) {
        let rows = try inputs.map { input throws(TensorError) in
            try input.detached().slice(1, first, last).requireGradient(input.requiresGradient)
        }
        // The mode of the calling thread does not reach a worker thread, which would record a graph.
        guard let parameters else {
            let sum = try GradientMode.disabled { () throws(TensorError) in try body(rows, first, last).item() }
            return (Double(sum), [])
        }
        let sum = try body(rows, first, last)
        return (Double(try sum.item()), try sum.gradients(of: rows + parameters))
    }

    /// The sum of `body` over parts of `inputs` as a scalar that gradients flow through, by the inputs and by
    /// `parameters` that require them.
    ///
    /// Its graph is linear: gradients are exact, second derivatives are missing.
    static func of(
        _ inputs: [Tensor], parameters: [Tensor], rows: Int, body: Body
    ) throws(TensorError) -> Tensor {
        let count = inputs.first?.shape.first ?? 0
        guard count > rows else { return try body(inputs, 1, count) }
        let trained = parameters.filter(\.requiresGradient)
        let differentiable = GradientMode.isEnabled && (inputs + trained).contains { $0.requiresGradient }
        let sum = try ChunkedSum(of: inputs, parameters: differentiable ? trained : nil, rows: rows, body: body)
        var result = try Tensor(Float(sum.value))
        guard differentiable else { return result }
        for (input, gradients) in zip(inputs, sum.inputGradients) where input.requiresGradient {
            result = try result.adding(gradient: Tensor.concatenate(gradients, dim: 1), of: input)
        }
        for (parameter, gradient) in zip(trained, sum.parameterGradients) {
            result = try result.adding(gradient: gradient, of: parameter)
        }
        return result
    }
}

extension [Tensor] {
    /// The sums of these tensors and `others`, pair by pair, in new storage; copies of `others` where there are none
    /// yet.
    fileprivate func added(_ others: [Tensor]) throws(TensorError) -> [Tensor] {
        try others.enumerated().map { index, other throws(TensorError) in
            isEmpty ? try other.copy() : try self[index] + other
        }
    }
}

extension Tensor {
    /// This scalar, with `gradient` as its derivative by `input`: (input - input) · gradient is added.
    fileprivate func adding(gradient: Tensor, of input: Tensor) throws(TensorError) -> Tensor {
        try self + ((input - input.detached()) * gradient).sum()
    }
}
