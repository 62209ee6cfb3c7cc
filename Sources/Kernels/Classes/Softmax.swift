/// Softmax over columns: e^x / (sum of e^x), and its logarithm.
public enum Softmax {
    /// out = the softmax of each column, or its logarithm.
    public static func forward(
        _ columns: Columns, logarithm: Bool, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
    ) {
        columns.forEachGroup { group in
            let largest = largest(columns, group, input)
            if logarithm {
                // Taken off one after the other: their sum would lose the digits that large scores do not leave room for.
                let logarithm = VectorMath.log(sumOfExponentials(columns, group, input, largest))
                for k in 0..<columns.length { group.store(group.load(input, k) - largest - logarithm, output, k) }
            } else {
                let scale = 1 / sumOfExponentials(columns, group, input, largest)
                for k in 0..<columns.length {
                    group.store(VectorMath.exp(group.load(input, k) - largest) * scale, output, k)
                }
            }
        }
    }

    /// The gradient of the input, from the result y and its gradient g: y (g - sum of g y), or for the logarithm
    /// g - e^y (sum of g).
    public static func backward(
        _ columns: Columns, logarithm: Bool, output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        columns.forEachGroup { group in
            let total = sum(columns) { k in
                let gradient = group.load(outputGradient, k)
                return logarithm ? gradient : gradient * group.load(output, k)
            }
            for k in 0..<columns.length {
                let (y, gradient) = (group.load(output, k), group.load(outputGradient, k))
                let result = logarithm ? gradient - VectorMath.exp(y) * total : y * (gradient - total)
                group.store(result, inputGradient, k)
            }
        }
    }

    /// The largest element of each column.
    @inline(__always)
    static func largest(_ columns: Columns, _ group: Columns.Group, _ input: UnsafePointer<Float>) -> Vector {
        var result = Vector(repeating: -.infinity)
        for k in 0..<columns.length {
            let x = group.load(input, k)
            result.replace(with: x, where: x .> result)
        }
        return result
    }

    /// The sum of e^(x - shift) over each column.
    @inline(__always)
    static func sumOfExponentials(
        _ columns: Columns, _ group: Columns.Group, _ input: UnsafePointer<Float>, _ shift: Vector
    ) -> Vector {
        sum(columns) { k in VectorMath.exp(group.load(input, k) - shift) }
    }

    /// The sum over a column, made of sums of 64 so that long columns lose no digits.
    @inline(__always)
    private static func sum(_ columns: Columns, _ term: (Int) -> Vector) -> Vector {
        var result = Vector.zero
        for first in stride(from: 0, to: columns.length, by: 64) {
            var part = Vector.zero
            for k in first..<min(first + 64, columns.length) { part += term(k) }
            result += part
        }
        return result
    }
}
