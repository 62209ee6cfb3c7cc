import Foundation

/// Running sums and products along fibres, which are kept in Double, and their derivatives.
public enum Scan: Sendable {
    /// x1 + ... + xk.
    case sum
    /// x1 ... xk.
    case product
    /// log(e^x1 + ... + e^xk).
    case logSumExp

    /// Writes the scan of every fibre of `input` to `output`.
    public func forward(_ fibres: Fibres, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
        fibres.forEachFibre { _, start in
            var total = first
            for k in 0..<fibres.length {
                let place = start &+ k &* fibres.inner
                total = joined(total, Double(input[place]))
                output[place] = Float(total)
            }
        }
    }

    /// Writes the gradient of the input, for that of the output; input and output are not read for sums.
    ///
    /// It is made from the last element backwards, without a division by any.
    public func backward(
        _ fibres: Fibres, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        let step = fibres.inner
        fibres.forEachFibre { _, start in
            // The derivative by the scan up to element k, of which all that follow are made.
            var total = 0.0
            for k in (0..<fibres.length).reversed() {
                let place = start &+ k &* step
                let isLast = k == fibres.length - 1
                var slope = 1.0
                switch self {
                case .sum: break
                case .product:
                    if !isLast { total *= Double(input[place + step]) }
                    slope = k == 0 ? 1 : Double(output[place - step])
                case .logSumExp:
                    if !isLast { total *= Self.share(output[place], of: output[place + step]) }
                    slope = Self.share(input[place], of: output[place])
                }
                total += Double(outputGradient[place])
                inputGradient[place] = Float(total * slope)
            }
        }
    }

    private var first: Double {
        switch self {
        case .sum: 0
        case .product: 1
        case .logSumExp: -.infinity
        }
    }

    private func joined(_ total: Double, _ x: Double) -> Double {
        switch self {
        case .sum: return total + x
        case .product: return total * x
        case .logSumExp:
            let (small, large) = total < x ? (total, x) : (x, total)
            // The difference of infinities would be NaN.
            return small == large && large.isInfinite ? large : large + log1p(exp(small - large))
        }
    }

    /// e^(x - whole): the share that a term has in a sum of exponentials.
    private static func share(_ x: Float, of whole: Float) -> Double {
        x == -.infinity ? 0 : exp(Double(x) - Double(whole))
    }
}

/// Products along fibres, in Double, and their derivatives.
public enum Products {
    /// The product of the elements of each fibre.
    public static func ofFibres(
        _ fibres: Fibres, input: UnsafePointer<Float>, products: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachFibre { fibre, start in
            var product = 1.0
            for k in 0..<fibres.length { product *= Double(input[start &+ k &* fibres.inner]) }
            products[fibre] = Float(product)
        }
    }

    /// The gradient of the input: that of a fibre's product times the product of its other elements.
    public static func backward(
        _ fibres: Fibres, input: UnsafePointer<Float>, productGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachFibre { fibre, start in
            // The zeros are left out and counted, as an element that is 0 cannot be divided by.
            var (rest, zeros) = (Double(productGradient[fibre]), 0)
            for k in 0..<fibres.length {
                let x = input[start &+ k &* fibres.inner]
                if x == 0 { zeros += 1 } else { rest *= Double(x) }
            }
            for k in 0..<fibres.length {
                let place = start &+ k &* fibres.inner
                let x = Double(input[place])
                inputGradient[place] = zeros == (x == 0 ? 1 : 0) ? Float(x == 0 ? rest : rest / x) : 0
            }
        }
    }
}
