/// One sum of a convolution: the source values, the weights, and where the results go.
struct ConvolutionTerm {
    let source: UnsafePointer<Float>
    var transform = InputTransform.identity
    let weight: WeightSource
    var bias: UnsafePointer<Float>?
    let target: UnsafeMutablePointer<Float>
    /// Where there is one, 2 factor times the sums is added to the target; otherwise the sums overwrite it.
    var factor: TargetFactor?
}

/// A number for each target value, transformed as it is read.
struct TargetFactor {
    let values: UnsafePointer<Float>
    let transform: InputTransform
    let channels: Int
    /// The numbers of a volume.
    let volume: Int

    /// The numbers of as many channels as the vector has, from `channel` on, at the position that begins at `offset`.
    @inline(__always)
    func vector<V: SIMD>(at offset: Int, batch: Int, channel: Int) -> V where V.Scalar == Float {
        let count = V.scalarCount
        let vector = vector(at: offset, batch: batch, channel: channel, count: count)
        if count == 16 { return unsafeBitCast(vector, to: V.self) }
        return unsafeBitCast(vector.lowHalf, to: V.self)
    }

    /// The numbers of `count` channels, up to 16, at the position that begins at `offset`; and zeros.
    @inline(__always)
    func vector(at offset: Int, channel: Int, count: Int) -> Vector {
        vector(at: offset, batch: offset / volume, channel: channel, count: count)
    }

    @inline(__always)
    private func vector(at offset: Int, batch: Int, channel: Int, count: Int) -> Vector {
        let vector = Vector(at: values + (offset &+ channel), count: count)
        if transform.isIdentity { return vector }
        return transform(vector, batch: batch, channel: channel, channels: channels, count: count)
    }
}

extension ConvolutionPlan {
    /// Computes all terms in the way that is fastest for the plan.
    func run(_ terms: [ConvolutionTerm]) {
        // An empty target has no parts to cut. (The plan of a 1x1x1 convolution always has a batch of 1.)
        guard batch > 0, target.volume > 0 else { return }
        switch winogradTileSize {
        case .tile222: WinogradConvolution<Tile222>(self).run(terms)
        case .tile224: WinogradConvolution<Tile224>(self).run(terms)
        case .tile244: WinogradConvolution<Tile244>(self).run(terms)
        case nil: DirectConvolution(self).run(terms)
        }
    }

    /// The bias of a term, or zeros, for all channels of `blocks`.
    func bias(_ term: ConvolutionTerm, blocks: [ChannelBlock]) -> Scratch.Floats {
        let floats = Scratch.Floats(count: blocks.reduce(0) { $0 &+ $1.width })
        floats.start.update(repeating: 0, count: floats.count)
        if let bias = term.bias { floats.start.update(from: bias, count: targetChannels) }
        return floats
    }
}
