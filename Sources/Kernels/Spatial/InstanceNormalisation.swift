import Support

/// Instance normalisation (Ulyanov et al. 2016) of channels-last volumes [batch, voxels, channels], without weights:
/// each channel of each volume gets mean 0 and variance 1, y = (x - mean) / sqrt(variance + epsilon), and where it is
/// fused with a ReLU, max(y, 0).
///
/// Channels may also share mean and variance in groups (Wu and He 2018). Batch normalisation is that of one volume that
/// holds the voxels of all.
///
/// Means and variances are sums in Double of pieces whose borders depend on the sizes alone.
public struct InstanceNormalisation: Sendable, Hashable {
    /// The number of volumes.
    public let batch: Int
    /// The voxels of a volume.
    public let voxels: Int
    /// The channels of a voxel.
    public let channels: Int
    /// The number of groups, of neighbouring channels, that share mean and variance; it divides the channels.
    public let groups: Int
    /// Whether a ReLU follows.
    public var relu: Bool

    /// Makes the normalisation of volumes [batch, voxels, channels]; each channel is a group of its own by default.
    public init(batch: Int, voxels: Int, channels: Int, groups: Int? = nil, relu: Bool) {
        self.batch = batch
        self.voxels = voxels
        self.channels = channels
        self.groups = groups ?? channels
        self.relu = relu
    }

    private var channelsPerGroup: Int { channels / max(groups, 1) }
    /// The number of elements that share mean and variance.
    private var elements: Double { Double(voxels * channelsPerGroup) }

    private var voxelsPerPiece: Int { max(1, (1 << 15) / max(channels, 1)) }
    private var piecesPerVolume: Int { voxels.pieces(of: voxelsPerPiece) }
    private var pieces: Int { batch * piecesPerVolume }

    /// Some voxels of a volume, and up to sixteen of its channels.
    private struct Block {
        /// The offset of the first voxel's first channel.
        let first: Int
        /// The number of voxels.
        let count: Int
        /// The index of the first channel among those of all volumes.
        let channel: Int
        /// The number of channels.
        let lanes: Int
    }

    /// Calls `body` for the blocks of a piece, which cover all channels.
    @inline(__always)
    private func forEachBlock(of piece: Int, _ body: (Block) -> Void) {
        let (volume, part) = piece.quotientAndRemainder(dividingBy: piecesPerVolume)
        let start = part * voxelsPerPiece
        let count = min(voxelsPerPiece, voxels - start)
        let first = (volume * voxels + start) * channels
        VectorLoop.forEachVector(channels) { channel, lanes in
            body(Block(first: first + channel, count: count, channel: volume * channels + channel, lanes: lanes))
        }
    }

    /// Finds the mean and 1 / sqrt(variance + epsilon) of each channel of each volume, [batch, channels], and the
    /// variances where they are wanted; the variance is the mean squared difference from the mean.
    public func statistics(
        input: UnsafePointer<Float>, epsilon: Float, means: UnsafeMutablePointer<Float>,
        inverseDeviations: UnsafeMutablePointer<Float>, variances: UnsafeMutablePointer<Float>? = nil
    ) {
        withUnsafeTemporaryAllocation(of: Totals.self, capacity: max(1, pieces * channels)) { totals in
            ThreadPool.shared.run(pieces) { piece in
                forEachBlock(of: piece) { block in
                    let sums = sums(over: block) { offset in
                        let x = VectorLoop.load(input + offset, 1, block.lanes)
                        return (x, x)
                    }
                    keep(sums, of: block, piece: piece, in: totals)
                }
            }
            forEachGroup(totals) { channels, sums in
                let mean = sums.term / elements
                // `max` returns its first argument if that is NaN, as it is where there are infinities.
                let variance = max(sums.product / elements - mean * mean, 0)
                for channel in channels {
                    means[channel] = Float(mean)
                    inverseDeviations[channel] = Float(1 / (variance + Double(epsilon)).squareRoot())
                    variances?[channel] = Float(variance)
                }
            }
        }
    }

    /// Normalises with the statistics found before.
    public func forward(
        input: UnsafePointer<Float>, means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>
    ) {
        ThreadPool.shared.run(pieces) { piece in
            forEachBlock(of: piece) { block in
                let mean = VectorLoop.load(means + block.channel, 1, block.lanes)
                let inverse = VectorLoop.load(inverseDeviations + block.channel, 1, block.lanes)
                for i in 0..<block.count {
                    let offset = block.first &+ i &* channels
                    let y = (VectorLoop.load(input + offset, 1, block.lanes) - mean) * inverse
                    VectorLoop.store(relu ? y.replacing(with: 0, where: y .< 0) : y, output + offset, 1, block.lanes)
                }
            }
        }
    }

    /// The gradient of the input: (g - mean of g - y mean of g y) / sqrt(variance + epsilon), where g is the gradient
    /// of the normalised y, and 0 where the ReLU cut it off.
    public func backward(
        input: UnsafePointer<Float>, means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Totals.self, capacity: max(1, pieces * channels)) { totals in
            ThreadPool.shared.run(pieces) { piece in
                forEachBlock(of: piece) { block in
                    let mean = VectorLoop.load(means + block.channel, 1, block.lanes)
                    let inverse = VectorLoop.load(inverseDeviations + block.channel, 1, block.lanes)
                    let sums = sums(over: block) { offset in
                        let y = (VectorLoop.load(input + offset, 1, block.lanes) - mean) * inverse
                        return (cut(VectorLoop.load(outputGradient + offset, 1, block.lanes), y), y)
                    }
                    keep(sums, of: block, piece: piece, in: totals)
                }
            }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, 2 * batch * channels)) { scratch in
                guard let gradientMeans = scratch.baseAddress else { return }
                let productMeans = gradientMeans + batch * channels
                forEachGroup(totals) { channels, sums in
                    for channel in channels {
                        gradientMeans[channel] = Float(sums.term / elements)
                        productMeans[channel] = Float(sums.product / elements)
                    }
                }
                ThreadPool.shared.run(pieces) { piece in
                    forEachBlock(of: piece) { block in
                        let mean = VectorLoop.load(means + block.channel, 1, block.lanes)
                        let inverse = VectorLoop.load(inverseDeviations + block.channel, 1, block.lanes)
                        let gradientMean = VectorLoop.load(gradientMeans + block.channel, 1, block.lanes)
                        let productMean = VectorLoop.load(productMeans + block.channel, 1, block.lanes)
                        for i in 0..<block.count {
                            let offset = block.first &+ i &* channels
                            let y = (VectorLoop.load(input + offset, 1, block.lanes) - mean) * inverse
                            let g = cut(VectorLoop.load(outputGradient + offset, 1, block.lanes), y)
                            VectorLoop.store(
                                (g - gradientMean - y * productMean) * inverse, inputGradient + offset, 1, block.lanes)
                        }
                    }
                }
            }
        }
    }

    /// A gradient, 0 where the ReLU cut y off.
    @inline(__always)
    private func cut(_ gradient: Vector, _ y: Vector) -> Vector {
        relu ? gradient.replacing(with: 0, where: y .<= 0) : gradient
    }
}

/// Two sums over voxels, as the two passes need them.
private struct Totals {
    var term = 0.0
    var product = 0.0
}

extension InstanceNormalisation {
    /// The totals of a block; `terms` gives a term, and the factor of its product, at an offset.
    @inline(__always)
    private func sums(over block: Block, _ terms: (_ offset: Int) -> (Vector, Vector)) -> WideSums {
        var sums = WideSums()
        for i in 0..<block.count {
            let (a, b) = terms(block.first &+ i &* channels)
            sums.add(a, b)
        }
        return sums
    }

    /// Stores the totals of a block, for `forEachChannel` to read.
    private func keep(
        _ sums: WideSums, of block: Block, piece: Int, in totals: UnsafeMutableBufferPointer<Totals>
    ) {
        let target = piece * channels + block.channel % channels
        for lane in 0..<min(block.lanes, 8) {
            totals[target + lane] = Totals(term: sums.low[lane], product: sums.lowProducts[lane])
        }
        for lane in 8..<max(block.lanes, 8) {
            totals[target + lane] = Totals(term: sums.high[lane - 8], product: sums.highProducts[lane - 8])
        }
    }

    /// Calls `body`, as tasks, with the channels of each group of each volume and with its totals, which are added up
    /// piece after piece.
    private func forEachGroup(
        _ totals: UnsafeMutableBufferPointer<Totals>, _ body: (_ channels: Range<Int>, _ sums: Totals) -> Void
    ) {
        // After an interrupt not all totals have been stored.
        guard !Interrupt.isRequested else { return }
        let volumesPerTask = max(1, (1 << 15) / max(1, piecesPerVolume * channels))
        ThreadPool.shared.run(batch, ranges: volumesPerTask) { volumes in
            for volume in volumes {
                for group in 0..<groups {
                    let members = group * channelsPerGroup..<(group + 1) * channelsPerGroup
                    var sums = Totals()
                    for part in 0..<piecesPerVolume {
                        let row = (volume * piecesPerVolume + part) * channels
                        for channel in members {
                            sums.term += totals[row + channel].term
                            sums.product += totals[row + channel].product
                        }
                    }
                    body(volume * channels + members.lowerBound..<volume * channels + members.upperBound, sums)
                }
            }
        }
    }
}
