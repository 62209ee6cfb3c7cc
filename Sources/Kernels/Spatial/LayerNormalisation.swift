import Support

/// Layer normalisation (Ba, Kiros and Hinton 2016) of rows of features: y = (x - mean) / sqrt(variance + epsilon) *
/// weight + bias, with the mean and the variance of each row, and a weight and a bias for each feature.
///
/// The variance is the mean squared difference from the mean. Sums are made in Double, over pieces whose borders depend
/// on the sizes alone.
public struct LayerNormalisation: Sendable {
    /// The number of rows.
    public let rows: Int
    /// The number of features of a row.
    public let features: Int

    /// Makes the normalisation of [rows, features].
    public init(rows: Int, features: Int) { (self.rows, self.features) = (rows, features) }

    private var rowsPerTask: Int { max(1, (1 << 15) / max(features, 1)) }
    private var rowsPerPart: Int { max(rowsPerTask, rows.pieces(of: 64)) }
    /// The number of parts of the rows, each of which adds up two Doubles for every feature in the gradients of weight
    /// and bias.
    public var parts: Int { rows.pieces(of: rowsPerPart) }

    /// Normalises, and keeps the mean and 1 / sqrt(variance + epsilon) of each row.
    ///
    /// - Parameters:
    ///   - weight: What each feature is multiplied by; nil where that is 1.
    ///   - bias: What is added to each feature; nil where that is 0.
    public func forward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>?, bias: UnsafePointer<Float>?, epsilon: Float,
        means: UnsafeMutablePointer<Float>, inverseDeviations: UnsafeMutablePointer<Float>,
        output: UnsafeMutablePointer<Float>
    ) {
        ThreadPool.shared.run(rows, ranges: rowsPerTask) { range in
            for row in range {
                let (x, target) = (input + row &* features, output + row &* features)
                let sums = sums { first, lanes in
                    let value = VectorLoop.load(x + first, 1, lanes)
                    return (value, value)
                }
                let mean = sums.term / Double(features)
                // `max` returns its first argument if that is NaN, as it is where there are infinities.
                let variance = max(sums.product / Double(features) - mean * mean, 0)
                let inverse = Float(1 / (variance + Double(epsilon)).squareRoot())
                (means[row], inverseDeviations[row]) = (Float(mean), inverse)
                VectorLoop.forEachVector(features) { first, lanes in
                    var y = (VectorLoop.load(x + first, 1, lanes) - means[row]) * inverse
                    if let weight { y = y * VectorLoop.load(weight + first, 1, lanes) }
                    if let bias { y = y + VectorLoop.load(bias + first, 1, lanes) }
                    VectorLoop.store(y, target + first, 1, lanes)
                }
            }
        }
    }

    /// The gradient of the input: (g - mean of g - z mean of g z) / sqrt(variance + epsilon), where z is the row before
    /// weight and bias, and g its gradient, that of the output times the weight.
    public func backward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>?, means: UnsafePointer<Float>,
        inverseDeviations: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        ThreadPool.shared.run(rows, ranges: rowsPerTask) { range in
            for row in range {
                let (x, gradient) = (input + row &* features, outputGradient + row &* features)
                let (target, mean, inverse) = (inputGradient + row &* features, means[row], inverseDeviations[row])
                @inline(__always)
                func terms(_ first: Int, _ lanes: Int) -> (gradient: Vector, normalised: Vector) {
                    let g = VectorLoop.load(gradient + first, 1, lanes)
                    let z = (VectorLoop.load(x + first, 1, lanes) - mean) * inverse
                    guard let weight else { return (g, z) }
                    return (g * VectorLoop.load(weight + first, 1, lanes), z)
                }
                // The lanes beyond a row's end hold gradients of 0.
                let sums = sums(terms)
                let gradientMean = Float(sums.term / Double(features))
                let productMean = Float(sums.product / Double(features))
                VectorLoop.forEachVector(features) { first, lanes in
                    let (g, z) = terms(first, lanes)
                    VectorLoop.store((g - gradientMean - z * productMean) * inverse, target + first, 1, lanes)
                }
            }
        }
    }

    /// The gradients of weight and bias: the sums over the rows of g z, and of g, where g is the gradient of the output
    /// and z the row before weight and bias.
    public func parameterGradients(
        input: UnsafePointer<Float>, means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, 2 * parts * features)) { totals in
            guard let totals = totals.baseAddress else { return }
            ThreadPool.shared.run(rows, ranges: rowsPerPart) { range in
                let target = totals + range.lowerBound / rowsPerPart * 2 * features
                VectorLoop.forEachVector(features) { first, lanes in
                    var sums = WideSums()
                    for row in range {
                        let place = row &* features &+ first
                        let z = (VectorLoop.load(input + place, 1, lanes) - means[row]) * inverseDeviations[row]
                        sums.add(VectorLoop.load(outputGradient + place, 1, lanes), z)
                    }
                    for lane in 0..<lanes {
                        target[first + lane] = lane < 8 ? sums.low[lane] : sums.high[lane - 8]
                        target[features + first + lane] =
                            lane < 8 ? sums.lowProducts[lane] : sums.highProducts[lane - 8]
                    }
                }
            }
            // After an interrupt not all totals have been stored.
            guard !Interrupt.isRequested else { return }
            for feature in 0..<features {
                var (term, product) = (0.0, 0.0)
                for part in 0..<parts {
                    term += totals[part * 2 * features + feature]
                    product += totals[(part * 2 + 1) * features + feature]
                }
                (biasGradient[feature], weightGradient[feature]) = (Float(term), Float(product))
            }
        }
    }

    /// The sums over a row of the first of what `terms` gives, and of the products of both.
    @inline(__always)
    private func sums(_ terms: (_ first: Int, _ lanes: Int) -> (Vector, Vector)) -> (term: Double, product: Double) {
        var sums = WideSums()
        VectorLoop.forEachVector(features) { first, lanes in
            let (a, b) = terms(first, lanes)
            sums.add(a, b)
        }
        return ((sums.low + sums.high).sum(), (sums.lowProducts + sums.highProducts).sum())
    }
}

/// Sums of sixteen lanes and of their products with others, in Double.
struct WideSums {
    var low = SIMD8<Double>.zero
    var high = SIMD8<Double>.zero
    var lowProducts = SIMD8<Double>.zero
    var highProducts = SIMD8<Double>.zero

    /// Adds `a`, and `a` times `b`.
    @inline(__always)
    mutating func add(_ a: Vector, _ b: Vector) {
        let (x, y) = (a.wide, b.wide)
        low += x.low
        high += x.high
        lowProducts.addProduct(x.low, y.low)
        highProducts.addProduct(x.high, y.high)
    }
}
