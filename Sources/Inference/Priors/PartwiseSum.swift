import Support
import Tensors

/// Sums over many rows whose intermediate results would not fit in memory at once.
enum PartwiseSum {
    /// How many parts' gradients are held before they are added up; enough for many threads.
    private static let partsAtOnce = 32

    /// The sum of `body` over parts of `inputs`, `rows` rows (indices of dimension 1) at a time, each part in a thread
    /// of its own.
    ///
    /// Where gradients are recorded, each part's are taken as soon as its value is known, which frees what the part
    /// kept. The result's own graph is then linear in `inputs` and `parameters`: its gradients are exact, second
    /// derivatives are not there.
    ///
    /// - Parameters:
    ///   - inputs: Tensors of an equal number of rows.
    ///   - parameters: Leaves that `body` uses for every part.
    ///   - body: The scalar sum over the rows `first` to `last`, counted from 1.
    static func of(
        _ inputs: [Tensor], parameters: [Tensor], rows: Int,
        body: (_ parts: [Tensor], _ first: Int, _ last: Int) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        let count = inputs.first?.shape.first ?? 0
        guard count > rows else { return try body(inputs, 1, count) }
        let trained = parameters.filter(\.requiresGradient)
        let differentiable = GradientMode.isEnabled && (inputs + trained).contains { $0.requiresGradient }
        let parts = (count + rows - 1) / rows
        var value = 0.0
        var inputGradients = [[Tensor]](repeating: [], count: inputs.count)
        var parameterGradients: [Tensor] = []
        for start in stride(from: 0, to: parts, by: partsAtOnce) {
            let number = min(partsAtOnce, parts - start)
            let results = try ThreadPool.shared.map(number) { index throws(TensorError) in
                let first = (start + index) * rows + 1
                return try part(
                    inputs, first, min(count, first + rows - 1), differentiable ? trained : nil, body: body)
            }
            guard results.count == number else { throw .interrupted }
            for (sum, gradients) in results {
                value += sum
                guard differentiable else { continue }
                for index in inputs.indices { inputGradients[index].append(gradients[index]) }
                parameterGradients = try parameterGradients.added(Array(gradients.dropFirst(inputs.count)))
            }
        }
        var result = try Tensor(Float(value))
        guard differentiable else { return result }
        for (input, gradients) in zip(inputs, inputGradients) where input.requiresGradient {
            result = try result.adding(gradient: Tensor.concatenate(gradients, dim: 1), of: input)
        }
        for (parameter, gradient) in zip(trained, parameterGradients) {
            result = try result.adding(gradient: gradient, of: parameter)
        }
        return result
    }

    /// The value of one part and, where there are `parameters`, its gradients by the inputs and by those.
    private static func part(
        _ inputs: [Tensor], _ first: Int, _ last: Int, _ parameters: [Tensor]?,
        body: (_ parts: [Tensor], _ first: Int, _ last: Int) throws(TensorError) -> Tensor
    ) throws(TensorError) -> (Double, [Tensor]) {
        var rows: [Tensor] = []
        for input in inputs {
            rows.append(try input.detached().slice(1, first, last).requireGradient(input.requiresGradient))
        }
        // A worker thread records unless it is told not to.
        guard let parameters else {
            let sum = try GradientMode.disabled { () throws(TensorError) in try body(rows, first, last).item() }
            return (Double(sum), [])
        }
        let sum = try body(rows, first, last)
        return (Double(try sum.item()), try sum.gradients(of: rows + parameters))
    }
}

extension [Tensor] {
    /// These and `others` added up, one by one; `others` where there are none yet.
    fileprivate func added(_ others: [Tensor]) throws(TensorError) -> [Tensor] {
        guard !isEmpty else { return others }
        var sums: [Tensor] = []
        for (sum, other) in zip(self, others) { sums.append(try sum + other) }
        return sums
    }
}

extension Tensor {
    /// This scalar, with `gradient` as its derivative by `input`: (input - input) · gradient is added.
    fileprivate func adding(gradient: Tensor, of input: Tensor) throws(TensorError) -> Tensor {
        try self + ((input - input.detached()) * gradient).sum()
    }

}
