/// Softmax along fibres: e^x / (sum of e^x), and its logarithm.
public enum Softmax {
    /// out = the softmax of each fibre, or its logarithm.
    public static func forward(
        _ fibres: Fibres, logarithm: Bool, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachGroup { group in
            let largest = largest(fibres, group, input)
            if logarithm {
                // Subtracted one after the other: beside a large score, their sum would lose the digits of the
                // logarithm.
                let logarithm = VectorMath.log(sumOfExponentials(fibres, group, input, largest))
                for k in 0..<fibres.length { group.store(group.load(input, k) - largest - logarithm, output, k) }
            } else {
                let scale = 1 / sumOfExponentials(fibres, group, input, largest)
                for k in 0..<fibres.length {
                    group.store(VectorMath.exp(group.load(input, k) - largest) * scale, output, k)
                }
            }
        }
    }

    /// The gradient of the input, from the result y and its gradient g: y (g - sum of g y), or for the logarithm
    /// g - e^y (sum of g).
    public static func backward(
        _ fibres: Fibres, logarithm: Bool, output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachGroup { group in
            let total = sum(fibres) { k in
                let gradient = group.load(outputGradient, k)
                return logarithm ? gradient : gradient * group.load(output, k)
            }
            for k in 0..<fibres.length {
                let (y, gradient) = (group.load(output, k), group.load(outputGradient, k))
                let result = logarithm ? gradient - VectorMath.exp(y) * total : y * (gradient - total)
                group.store(result, inputGradient, k)
            }
        }
    }

    /// The largest element of each fibre.
    @inline(__always)
    static func largest(_ fibres: Fibres, _ group: Fibres.Group, _ input: UnsafePointer<Float>) -> Vector {
        var result = Vector(repeating: -.infinity)
        for k in 0..<fibres.length {
            let x = group.load(input, k)
            result.replace(with: x, where: x .> result)
        }
        return result
    }

    /// The sum of e^(x - shift) over each fibre.
    @inline(__always)
    static func sumOfExponentials(
        _ fibres: Fibres, _ group: Fibres.Group, _ input: UnsafePointer<Float>, _ shift: Vector
    ) -> Vector {
        sum(fibres) { k in VectorMath.exp(group.load(input, k) - shift) }
    }

    /// Writes e^(x - largest) to `target`, in the input's layout, and gives 1 over their sum: the softmax is their
    /// product.
    @inline(__always)
    static func exponentials(
        _ fibres: Fibres, _ group: Fibres.Group, _ input: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
    ) -> Vector {
        let largest = largest(fibres, group, input)
        return 1
            / sum(fibres) { k in
                let power = VectorMath.exp(group.load(input, k) - largest)
                group.store(power, target, k)
                return power
            }
    }

    /// The sum over a fibre, made of sums of 64 terms so that long fibres lose fewer digits.
    @inline(__always)
    private static func sum(_ fibres: Fibres, _ term: (Int) -> Vector) -> Vector {
        var result = Vector.zero
        for first in stride(from: 0, to: fibres.length, by: 64) {
            var part = Vector.zero
            for k in first..<min(first + 64, fibres.length) { part += term(k) }
            result += part
        }
        return result
    }
}
