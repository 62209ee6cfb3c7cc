import Kernels
import Layers
import Tensors

extension PlacewiseDecoder {
    /// The decoder that a trunk's layers and two heads of size 1 are, from the features that the first convolution and its
    /// ELU give: a transposed convolution from one place to all, and transposed convolutions of size 1, with ELUs between.
    convenience init(trunk: [any Layer], heads: [any Layer]) {
        let convolutions = stride(from: 2, to: trunk.count, by: 2).map { TapWeights(trunk[$0]) }
        let first = convolutions.first.map { first in (0..<first.taps).map { first.map(tap: $0, isTransposed: true) } }
        let rest = convolutions.dropFirst().map { $0.map(tap: 0, isTransposed: true) }
        let ends = heads.map { TapWeights($0).map(tap: 0, isTransposed: false) }
        let end = AffineMap(
            inputs: ends.first?.inputs ?? 0, outputs: ends.count, weight: ends.flatMap(\.weight),
            bias: ends.flatMap(\.bias))
        self.init(first: first ?? [], rest: rest + [end])
    }
}

/// The weights of a convolution with a bias, tap by tap.
private struct TapWeights {
    let taps: Int
    private let values: [Float]
    private let bias: [Float]

    init(_ layer: any Layer) {
        var parameters: [String: Tensor] = [:]
        for (name, tensor) in layer.namedParameters { parameters[name] = tensor }
        values = parameters["weight"]?.values ?? []
        bias = parameters["bias"]?.values ?? []
        taps = parameters["weight"]?.shape.dropFirst(2).reduce(1, *) ?? 1
    }

    /// What one tap does: weights lie as [out][in][tap], in transposed convolutions as [in][out][tap].
    func map(tap: Int, isTransposed: Bool) -> AffineMap {
        let outputs = bias.count
        let inputs = values.count / max(1, outputs * taps)
        var matrix: [Float] = []
        matrix.reserveCapacity(outputs * inputs)
        for output in 0..<outputs {
            for input in 0..<inputs {
                let place = isTransposed ? input * outputs + output : output * inputs + input
                matrix.append(values[place * taps + tap])
            }
        }
        return AffineMap(inputs: inputs, outputs: outputs, weight: matrix, bias: bias)
    }
}
