import Tensors

/// Sums over many rows whose intermediate results would not fit in memory at once.
enum PartwiseSum {
    /// The sum of `body` over parts of `inputs`, `rows` rows (indices of dimension 1) at a time.
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
        let differentiable = GradientMode.isEnabled && (inputs + parameters).contains { $0.requiresGradient }
        let kept = parameters.map(\.gradient)
        for parameter in parameters { parameter.gradient = nil }
        defer { for (parameter, gradient) in zip(parameters, kept) { parameter.gradient = gradient } }
        var value = 0.0
        var gradients = [[Tensor]](repeating: [], count: inputs.count)
        for first in stride(from: 1, through: count, by: rows) {
            let last = min(count, first + rows - 1)
            var parts: [Tensor] = []
            for input in inputs {
                parts.append(try input.detached().slice(1, first, last).requireGradient(input.requiresGradient))
            }
            let sum = try body(parts, first, last)
            value += Double(try sum.item())
            guard differentiable, sum.requiresGradient else { continue }
            try sum.backward()
            for (index, part) in parts.enumerated() where part.requiresGradient {
                let gradient = if let known = part.gradient { known } else { try part.zerosLike() }
                gradients[index].append(gradient)
            }
        }
        var result = try Tensor(Float(value))
        guard differentiable else { return result }
        for (input, parts) in zip(inputs, gradients) where input.requiresGradient && !parts.isEmpty {
            result = try result.adding(gradient: Tensor.concatenate(parts, dim: 1), of: input)
        }
        for parameter in parameters {
            if let gradient = parameter.gradient { result = try result.adding(gradient: gradient, of: parameter) }
        }
        return result
    }
}

extension Tensor {
    /// This scalar, with `gradient` as its derivative by `input`: (input - input) · gradient is added.
    fileprivate func adding(gradient: Tensor, of input: Tensor) throws(TensorError) -> Tensor {
        try self + ((input - input.detached()) * gradient).sum()
    }

}
