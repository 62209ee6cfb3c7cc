import Support
import Tensors

/// Definitions to test against: loops over indices, in Double.
enum Naive {
    /// The element of a tensor at indices from 0; 0 outside.
    struct Reader {
        let values: [Float]
        let shape: [Int]
        let strides: [Int]

        init(_ tensor: Tensor) {
            values = tensor.values
            shape = tensor.shape
            strides = Shape.contiguousStrides(tensor.shape)
        }

        subscript(_ index: [Int]) -> Double? {
            var place = 0
            for (dim, i) in index.enumerated() {
                guard (0..<shape[dim]).contains(i) else { return nil }
                place += i * strides[dim]
            }
            return Double(values[place])
        }
    }

    /// A tensor of `shape` whose element at each index is `function(index)`.
    static func tensor(_ shape: [Int], _ function: ([Int]) -> Double) throws -> Tensor {
        let values = indices(of: shape).map { Float(function($0)) }
        return try Tensor(values, shape: shape)
    }

    /// All indices of a shape, the last running fastest.
    static func indices(of shape: [Int]) -> [[Int]] {
        shape.reduce([[]]) { all, size in all.flatMap { head in (0..<size).map { head + [$0] } } }
    }

    /// The transposed convolution, by scattering the input.
    static func transposedConvolution(
        _ x: Tensor, _ weight: Tensor, stride: [Int], padding: [Int], outputPadding: [Int]
    ) throws -> Tensor {
        let spatial = (2..<x.rank).map { dim -> Int in
            let reach = (x.shape[dim] - 1) * stride[dim - 2] + weight.shape[dim]
            return reach - 2 * padding[dim - 2] + outputPadding[dim - 2]
        }
        let shape = [x.shape[0], weight.shape[1]] + spatial
        let strides = Shape.contiguousStrides(shape)
        var sums = [Double](repeating: 0, count: shape.reduce(1, *))
        let (input, kernel) = (Reader(x), Reader(weight))
        for from in indices(of: x.shape) {
            for place in indices(of: Array(weight.shape[1...])) {
                var to = [from[0], place[0]]
                for dim in spatial.indices { to.append(from[dim + 2] * stride[dim] - padding[dim] + place[dim + 1]) }
                guard zip(to, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
                let product = (input[from] ?? 0) * (kernel[[from[1]] + place] ?? 0)
                let target = zip(to, strides).map(*).reduce(0, +)
                sums[target] += product
            }
        }
        return try Tensor(sums.map(Float.init), shape: shape)
    }
}

/// The layouts that operations are tried on: contiguous, channels-last, reversed, sliced.
func layouts(of tensor: Tensor) throws -> [Tensor] {
    let order = Array((1...max(tensor.rank, 1)).reversed())
    guard let last = tensor.shape.last, last > 0 else { return [tensor] }
    let wide = try Tensor.zeros(tensor.shape.dropLast() + [2 * last + 1])
    let sliced = try wide.slice(tensor.rank, 2, 2 * last, step: 2)
    try sliced.assign(tensor)
    return [
        tensor, try tensor.channelsLast(), try tensor.permuted(order).contiguous().permuted(order), sliced,
    ]
}

extension Tensor {
    /// The elements' bits.
    var bits: [UInt32] { values.map(\.bitPattern) }
}
