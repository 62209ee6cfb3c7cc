import Kernels
import Layers
import Tensors

extension FactorisedDecoder {
    /// Packs the layers of a trunk and two heads of size 1 as a decoder. The trunk is a convolution of a single place,
    /// a transposed convolution from it to all places, and transposed convolutions of size 1, with ELUs between;
    /// `minimumVariance` is added to the variances.
    convenience init(trunk: [any Layer], heads: [any Layer], minimumVariance: Float) {
        let convolutions = stride(from: 0, to: trunk.count, by: 2).map { TapWeights(trunk[$0]) }
        let (features, first) = (convolutions[0], convolutions[1])
        self.init(
            // The input is a single voxel, so only the middle of the padded kernel meets it.
            features: features.map(tap: features.taps / 2, isTransposed: false),
            first: (0..<first.taps).map { first.map(tap: $0, isTransposed: true) },
            rest: convolutions.dropFirst(2).map { $0.map(tap: 0, isTransposed: true) } + [AffineMap(heads)],
            minimumVariance: minimumVariance)
    }
}

extension PooledEncoder {
    /// Packs the layers of a trunk and two heads of size 1 as an encoder. The trunk is convolution, max-pooling, ELU,
    /// the three again, a convolution of size 1 and an ELU.
    convenience init(trunk: [any Layer], heads: [any Layer]) {
        let convolutions = [0, 3, 6].map { TapWeights(trunk[$0]) }
        self.init(
            first: convolutions[0].convolution, second: convolutions[1].convolution,
            third: convolutions[2].map(tap: 0, isTransposed: false), last: AffineMap(heads))
    }
}

extension AffineMap {
    /// Convolutions of size 1 with the same input as one map, their outputs one after another.
    fileprivate init(_ heads: [any Layer]) {
        let maps = heads.map { TapWeights($0).map(tap: 0, isTransposed: false) }
        self.init(
            inputs: maps.first?.inputs ?? 0, outputs: maps.map(\.outputs).reduce(0, +), weight: maps.flatMap(\.weight),
            bias: maps.flatMap(\.bias))
    }
}

/// The weights of a convolution with a bias, tap by tap.
private struct TapWeights {
    let taps: Int
    private let values: [Float]
    private let bias: [Float]

    init(_ layer: any Layer) {
        let parameters = layer.stateDictionary
        values = parameters["weight"]?.values ?? []
        bias = parameters["bias"]?.values ?? []
        taps = parameters["weight"]?.shape.dropFirst(2).reduce(1, *) ?? 1
    }

    /// All taps of a convolution that is not transposed.
    var convolution: PooledEncoder.ConvolutionWeights {
        .init(inputs: values.count / max(1, bias.count * taps), outputs: bias.count, weight: values, bias: bias)
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
