import Support

/// Instance normalisation (Ulyanov et al. 2016) of channels-last volumes [batch, voxels, channels], without weights:
/// each channel of each volume gets mean 0 and variance 1, y = (x - mean) / sqrt(variance + epsilon), and where it is
/// fused with a ReLU, max(y, 0).
///
/// Means and variances are sums in Double of pieces whose borders depend on the sizes alone.
public struct InstanceNormalisation: Sendable, Hashable {
    /// The number of volumes.
    public let batch: Int
    /// The voxels of a volume.
    public let voxels: Int
    /// The channels of a voxel.
    public let channels: Int
    /// Whether a ReLU follows.
    public let relu: Bool

    /// Makes the normalisation of volumes [batch, voxels, channels].
    public init(batch: Int, voxels: Int, channels: Int, relu: Bool) {
        self.batch = batch
        self.voxels = voxels
        self.channels = channels
        self.relu = relu
    }

    private var voxelsPerPiece: Int { max(1, (1 << 15) / max(channels, 1)) }
    private var piecesPerVolume: Int { (voxels + voxelsPerPiece - 1) / voxelsPerPiece }

    /// Finds the mean and 1 / sqrt(variance + epsilon) of each channel of each volume, [batch, channels]; the variance
    /// is the mean squared distance from the mean.
    public func statistics(
        input: UnsafePointer<Float>, epsilon: Float, means: UnsafeMutablePointer<Float>,
        inverseDeviations: UnsafeMutablePointer<Float>
    ) {
        sums { place, _, lanes in
            let x = Rows.load(input + place, 1, lanes)
            return (x, x)
        } finish: { channel, sum, sumOfProducts in
            let mean = sum / Double(voxels)
            let variance = max(0, sumOfProducts / Double(voxels) - mean * mean)
            means[channel] = Float(mean)
            inverseDeviations[channel] = Float(1 / (variance + Double(epsilon)).squareRoot())
        }
    }

    /// Normalises with the statistics found before.
    public func forward(
        input: UnsafePointer<Float>, means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>
    ) {
        forEachBlock { first, count, channel, lanes in
            let mean = Rows.load(means + channel, 1, lanes)
            let inverse = Rows.load(inverseDeviations + channel, 1, lanes)
            for i in 0..<count {
                let place = first &+ i &* channels
                let y = (Rows.load(input + place, 1, lanes) - mean) * inverse
                Rows.store(relu ? y.replacing(with: 0, where: y .< 0) : y, output + place, 1, lanes)
            }
        }
    }

    /// The gradient of the input: (g - mean of g - y mean of g y) / sqrt(variance + epsilon), where g is the gradient
    /// of the normalised y, and 0 where the ReLU cut it off.
    public func backward(
        input: UnsafePointer<Float>, means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func recompute(_ place: Int, _ mean: Vector, _ inverse: Vector, _ lanes: Int) -> (y: Vector, g: Vector) {
            let y = (Rows.load(input + place, 1, lanes) - mean) * inverse
            let g = Rows.load(outputGradient + place, 1, lanes)
            return (y, relu ? g.replacing(with: 0, where: y .<= 0) : g)
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, 2 * batch * channels)) { scratch in
            guard let gradientMeans = scratch.baseAddress else { return }
            let productMeans = gradientMeans + batch * channels
            sums { place, channel, lanes in
                let mean = Rows.load(means + channel, 1, lanes)
                let inverse = Rows.load(inverseDeviations + channel, 1, lanes)
                let (y, g) = recompute(place, mean, inverse, lanes)
                return (g, y)
            } finish: { channel, sum, sumOfProducts in
                gradientMeans[channel] = Float(sum / Double(voxels))
                productMeans[channel] = Float(sumOfProducts / Double(voxels))
            }
            forEachBlock { first, count, channel, lanes in
                let mean = Rows.load(means + channel, 1, lanes)
                let inverse = Rows.load(inverseDeviations + channel, 1, lanes)
                let gradientMean = Rows.load(gradientMeans + channel, 1, lanes)
                let productMean = Rows.load(productMeans + channel, 1, lanes)
                for i in 0..<count {
                    let place = first &+ i &* channels
                    let (y, g) = recompute(place, mean, inverse, lanes)
                    Rows.store((g - gradientMean - y * productMean) * inverse, inputGradient + place, 1, lanes)
                }
            }
        }
    }

    /// Calls `body` for every piece of a volume and up to sixteen of its channels, with the place of the piece's first
    /// voxel at the first channel, the piece's number of voxels, the channel's place among all volumes' channels, and
    /// the number of channels.
    @inline(__always)
    private func forEachBlock(_ body: (_ first: Int, _ count: Int, _ channel: Int, _ lanes: Int) -> Void) {
        ThreadPool.shared.run(batch * piecesPerVolume) { piece in
            block(piece, body)
        }
    }

    @inline(__always)
    private func block(_ piece: Int, _ body: (_ first: Int, _ count: Int, _ channel: Int, _ lanes: Int) -> Void) {
        let (volume, part) = piece.quotientAndRemainder(dividingBy: piecesPerVolume)
        let start = part * voxelsPerPiece
        let count = min(voxelsPerPiece, voxels - start)
        let first = (volume * voxels + start) * channels
        for channel in stride(from: 0, to: channels, by: 16) {
            body(first + channel, count, volume * channels + channel, min(16, channels - channel))
        }
    }

    /// Sums `terms(...).0` and the products of both terms over the voxels of each channel of each volume; `terms`
    /// gets the place of a voxel, that of the channel among all volumes' channels, and the number of channels.
    @inline(__always)
    private func sums(
        _ terms: (_ place: Int, _ channel: Int, _ lanes: Int) -> (Vector, Vector),
        finish: (_ channel: Int, _ sum: Double, _ sumOfProducts: Double) -> Void
    ) {
        let pieces = batch * piecesPerVolume
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, 2 * pieces * channels)) { partial in
            ThreadPool.shared.run(pieces) { piece in
                block(piece) { first, count, channel, lanes in
                    var (low, high) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
                    var (lowProducts, highProducts) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
                    for i in 0..<count {
                        let (a, b) = terms(first &+ i &* channels, channel, lanes)
                        let (aLow, aHigh) = (SIMD8<Double>(a.lowHalf), SIMD8<Double>(a.highHalf))
                        low += aLow
                        high += aHigh
                        lowProducts.addProduct(aLow, SIMD8<Double>(b.lowHalf))
                        highProducts.addProduct(aHigh, SIMD8<Double>(b.highHalf))
                    }
                    let target = 2 * (piece * channels + channel % channels)
                    for lane in 0..<lanes {
                        partial[target + 2 * lane] = lane < 8 ? low[lane] : high[lane - 8]
                        partial[target + 2 * lane + 1] = lane < 8 ? lowProducts[lane] : highProducts[lane - 8]
                    }
                }
            }
            guard !Interrupt.isRequested else { return }
            for volume in 0..<batch {
                for channel in 0..<channels {
                    var (sum, products) = (0.0, 0.0)
                    for part in 0..<piecesPerVolume {
                        let source = 2 * ((volume * piecesPerVolume + part) * channels + channel)
                        sum += partial[source]
                        products += partial[source + 1]
                    }
                    finish(volume * channels + channel, sum, products)
                }
            }
        }
    }
}
