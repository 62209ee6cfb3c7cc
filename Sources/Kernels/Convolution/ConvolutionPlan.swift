/// One direction of a phase: the target positions origin, origin + step, ..., and the taps of the kernel that
/// contribute to them.
///
/// At the j-th of these positions, tap `taps[i]` meets the source, which has the length sourceLength, at
/// j * sourceStep + firstSource + i.
struct AxisPhase {
    let origin: Int
    let step: Int
    let count: Int
    let firstSource: Int
    let taps: [Int]
    let sourceStep: Int
    let sourceLength: Int

    /// The taps, as a range of `taps`, that meet the source itself and not its padding at the j-th position.
    func tapsInside(at j: Int) -> Range<Int> {
        let first = j &* sourceStep &+ firstSource
        let lower = min(max(0, -first), taps.count)
        return lower..<max(lower, min(taps.count, sourceLength &- first))
    }

    /// The positions at which tap number `tap` meets the source itself and not its padding.
    func positions(meeting tap: Int) -> Range<Int> {
        let first = firstSource &+ tap
        let lower = min(max(0, (-first).pieces(of: sourceStep)), count)
        let upper = first < sourceLength ? (sourceLength &- first &- 1) / sourceStep &+ 1 : 0
        return lower..<max(lower, min(upper, count))
    }
}

/// Target positions to which the same taps contribute: all positions, except in the gradient of a strided convolution,
/// which is a sum of stride^3 phases (in signal processing, its polyphase decomposition).
struct ConvolutionPhase {
    let depth: AxisPhase
    let height: AxisPhase
    let width: AxisPhase

    /// The number of taps in each direction.
    var tapSize: Size3 { Size3(depth.taps.count, height.taps.count, width.taps.count) }
    /// The number of taps.
    var tapCount: Int { tapSize.volume }

    /// The indices of the taps in a kernel of the given size.
    func tapNumbers(of kernelSize: Size3) -> [Int] {
        depth.taps.flatMap { depth in
            height.taps.flatMap { height in
                width.taps.map { (depth &* kernelSize.height &+ height) &* kernelSize.width &+ $0 }
            }
        }
    }

    /// The first target position.
    var origin: Size3 { Size3(depth.origin, height.origin, width.origin) }
    /// The step from one target position to the next.
    var step: Size3 { Size3(depth.step, height.step, width.step) }
    /// Where the first tap meets the source of the first target position.
    var firstSource: Size3 { Size3(depth.firstSource, height.firstSource, width.firstSource) }
}

/// What a convolution and its gradient with respect to the data have in common: every target position is a sum over
/// taps of source positions times weights.
struct ConvolutionPlan {
    let batch: Int
    let source: Size3
    let sourceChannels: Int
    let target: Size3
    let targetChannels: Int
    /// The step in the source from one target position of a phase to the next.
    let sourceStep: Size3
    let phases: [ConvolutionPhase]
    let kernelSize: Size3
    /// The distance between weights of neighbouring source channels, and of neighbouring target channels.
    let weightStride: (source: Int, target: Int)

    /// The plan of a convolution.
    init(forward geometry: ConvolutionGeometry, transform: InputTransform) {
        func phase(_ path: KeyPath<Size3, Int>) -> AxisPhase {
            AxisPhase(
                origin: 0, step: 1, count: geometry.outputSize[keyPath: path],
                firstSource: -geometry.padding[keyPath: path], taps: Array(0..<geometry.kernelSize[keyPath: path]),
                sourceStep: geometry.stride[keyPath: path], sourceLength: geometry.inputSize[keyPath: path])
        }
        self.init(
            geometry, source: (geometry.inputSize, geometry.inputChannels),
            target: (geometry.outputSize, geometry.outputChannels), sourceStep: geometry.stride,
            phases: [ConvolutionPhase(depth: phase(\.depth), height: phase(\.height), width: phase(\.width))],
            weightStride: (geometry.kernelSize.volume, geometry.kernelSize.volume &* geometry.inputChannels),
            joinsVolumes: transform.ignoresBatch)
    }

    /// The plan of a convolution's gradient with respect to its input: input position i meets output position
    /// (i + padding - tap) / stride, for the taps that leave no remainder.
    init(backwardData geometry: ConvolutionGeometry) {
        func phases(_ path: KeyPath<Size3, Int>) -> [AxisPhase] {
            let (length, stride) = (geometry.inputSize[keyPath: path], geometry.stride[keyPath: path])
            let padding = geometry.padding[keyPath: path]
            return (0..<min(stride, length)).map { origin in
                let taps = (0..<geometry.kernelSize[keyPath: path]).reversed()
                    .filter { (origin + padding - $0) % stride == 0 }
                return AxisPhase(
                    origin: origin, step: stride, count: (length - origin).pieces(of: stride),
                    firstSource: taps.first.map { (origin + padding - $0) / stride } ?? 0, taps: taps, sourceStep: 1,
                    sourceLength: geometry.outputSize[keyPath: path])
            }
        }
        let (depths, heights, widths) = (phases(\.depth), phases(\.height), phases(\.width))
        let all = depths.flatMap { depth in
            heights.flatMap { height in widths.map { ConvolutionPhase(depth: depth, height: height, width: $0) } }
        }
        self.init(
            geometry, source: (geometry.outputSize, geometry.outputChannels),
            target: (geometry.inputSize, geometry.inputChannels), sourceStep: Size3(1), phases: all,
            weightStride: (geometry.kernelSize.volume &* geometry.inputChannels, geometry.kernelSize.volume),
            joinsVolumes: true)
    }

    private init(
        _ geometry: ConvolutionGeometry, source: (size: Size3, channels: Int), target: (size: Size3, channels: Int),
        sourceStep: Size3, phases: [ConvolutionPhase], weightStride: (source: Int, target: Int),
        joinsVolumes: Bool
    ) {
        self.sourceChannels = source.channels
        self.targetChannels = target.channels
        self.sourceStep = sourceStep
        self.kernelSize = geometry.kernelSize
        self.weightStride = weightStride
        // A 1x1x1 convolution multiplies each voxel by a matrix. All voxels are treated as one line, which can be cut
        // into tasks anywhere.
        if joinsVolumes, geometry.kernelSize == Size3(1), geometry.stride == Size3(1), geometry.padding == Size3(0) {
            let line = Size3(1, 1, geometry.batch &* source.size.volume)
            func axis(_ length: Int) -> AxisPhase {
                AxisPhase(
                    origin: 0, step: 1, count: length, firstSource: 0, taps: [0], sourceStep: 1, sourceLength: length)
            }
            self.batch = 1
            self.source = line
            self.target = line
            self.phases = [ConvolutionPhase(depth: axis(1), height: axis(1), width: axis(line.width))]
        } else {
            self.batch = geometry.batch
            self.source = source.size
            self.target = target.size
            self.phases = phases
        }
    }

    /// The source positions, in one direction, that the target positions of number `positions` in all phases meet.
    func sourceRange(_ positions: Range<Int>, _ axis: KeyPath<ConvolutionPhase, AxisPhase>) -> Range<Int> {
        var lower = Int.max
        var upper = Int.min
        for phase in phases.map({ $0[keyPath: axis] }) where !phase.taps.isEmpty {
            let last = min(positions.upperBound, phase.count) - 1
            guard last >= positions.lowerBound else { continue }
            lower = min(lower, positions.lowerBound * phase.sourceStep + phase.firstSource)
            upper = max(upper, last * phase.sourceStep + phase.firstSource + phase.taps.count)
        }
        return lower < upper ? lower..<upper : 0..<0
    }

    /// The offsets of the target's voxels.
    var targetAddress: StridedAddress {
        StridedAddress(in: Region(batch: 0..<batch, size: target), stride: targetChannels)
    }

    /// The largest number of positions that a phase has in each direction.
    var counts: Size3 {
        Size3(
            phases.map(\.depth.count).max() ?? 0, phases.map(\.height.count).max() ?? 0,
            phases.map(\.width.count).max() ?? 0)
    }

    /// The share of products that do not meet padding.
    var shareInside: Double {
        func share(_ axis: KeyPath<ConvolutionPhase, AxisPhase>) -> Double {
            var inside = 0
            var all = 0
            for phase in phases.map({ $0[keyPath: axis] }) {
                all += phase.count * phase.taps.count
                for j in 0..<phase.count { inside += phase.tapsInside(at: j).count }
            }
            return all == 0 ? 1 : Double(inside) / Double(all)
        }
        return share(\.depth) * share(\.height) * share(\.width)
    }
}
