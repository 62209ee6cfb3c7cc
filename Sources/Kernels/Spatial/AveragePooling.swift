import Support

/// The windows of an average in one direction, one for each element of the result.
public struct AverageWindows: Sendable, Hashable {
    /// The elements of the input in each window; they are neighbours, and bounds never decrease from window to window.
    public let ranges: [Range<Int>]
    /// 1 / what the sum over each window is divided by.
    public let shares: [Double]
    /// The windows that hold each element of the input; none of them where a stride leaves it out.
    let holders: [Range<Int>]

    private init(inputs: Int, ranges: [Range<Int>], shares: [Double]) {
        (self.ranges, self.shares) = (ranges, shares)
        var (first, end) = (0, 0)
        holders = (0..<inputs).map { element in
            while end < ranges.count, ranges[end].lowerBound <= element { end += 1 }
            while first < end, ranges[first].upperBound <= element { first += 1 }
            return first..<end
        }
    }

    /// Windows of `kernel` elements, `stride` apart, from `padding` before the first of `inputs` elements on.
    ///
    /// - Parameters:
    ///   - count: The number of windows; each must reach an element of the input.
    ///   - countsPadding: Whether elements of the padding are zeros of the average, or are left out of it.
    public init(inputs: Int, count: Int, kernel: Int, stride: Int, padding: Int, countsPadding: Bool) {
        let starts = (0..<count).map { $0 * stride - padding }
        self.init(
            inputs: inputs, ranges: starts.map { max($0, 0)..<min($0 + kernel, inputs) },
            shares: starts.map { start in
                let (first, last) = countsPadding ? (start, inputs + padding) : (max(start, 0), inputs)
                return 1 / Double(min(start + kernel, last) - first)
            })
    }

    /// `count` windows that cover `inputs` elements evenly: window i reaches from floor(i inputs / count) to
    /// ceil((i + 1) inputs / count).
    public init(inputs: Int, count: Int) {
        let ranges = (0..<count).map { $0 * inputs / count..<(($0 + 1) * inputs + count - 1) / count }
        self.init(inputs: inputs, ranges: ranges, shares: ranges.map { 1 / Double($0.count) })
    }

    /// The same windows, whose sums are divided by `divisor`.
    public func divided(by divisor: Int) -> AverageWindows {
        AverageWindows(
            inputs: holders.count, ranges: ranges, shares: ranges.map { _ in 1 / Double(divisor) })
    }
}

/// The average of each window, of channels-last volumes [batch, depth, height, width, channels].
///
/// Sums are in Double. The gradient of an element of the input is gathered from the windows that hold it, so that tasks
/// write apart from each other.
public struct AveragePooling: Sendable, Hashable {
    /// The number of volumes.
    public let batch: Int
    /// The channels of a voxel.
    public let channels: Int
    /// The windows in each direction.
    public let depth: AverageWindows, height: AverageWindows, width: AverageWindows

    /// Makes a pooling.
    public init(batch: Int, channels: Int, depth: AverageWindows, height: AverageWindows, width: AverageWindows) {
        (self.batch, self.channels) = (batch, channels)
        (self.depth, self.height, self.width) = (depth, height, width)
    }

    /// Overwrites `output` by the averages.
    public func forward(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
        let size = Size3(depth.holders.count, height.holders.count, width.holders.count)
        forEachRow(of: Size3(depth.ranges.count, height.ranges.count, width.ranges.count)) { volume, z, y, row in
            for x in width.ranges.indices {
                let share = depth.shares[z] * height.shares[y] * width.shares[x]
                sum(
                    Box(depth: depth.ranges[z], height: height.ranges[y], width: width.ranges[x]),
                    of: input + volume * size.volume * channels, size, times: share,
                    into: output + (row + x) * channels
                ) { _, _, _ in 1 }
            }
        }
    }

    /// Overwrites `inputGradient`: each window gives its elements their share of its gradient.
    public func backward(outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>) {
        let size = Size3(depth.ranges.count, height.ranges.count, width.ranges.count)
        forEachRow(of: Size3(depth.holders.count, height.holders.count, width.holders.count)) { volume, z, y, row in
            for x in width.holders.indices {
                sum(
                    Box(depth: depth.holders[z], height: height.holders[y], width: width.holders[x]),
                    of: outputGradient + volume * size.volume * channels, size, times: 1,
                    into: inputGradient + (row + x) * channels
                ) { z, y, x in depth.shares[z] * height.shares[y] * width.shares[x] }
            }
        }
    }

    /// The voxels that are added up.
    private struct Box {
        let depth: Range<Int>
        let height: Range<Int>
        let width: Range<Int>
    }

    /// Calls `body`, as tasks, for each row of volumes of `size`, with the number of its first voxel.
    @inline(__always)
    private func forEachRow(of size: Size3, _ body: (_ volume: Int, _ z: Int, _ y: Int, _ row: Int) -> Void) {
        let rowsPerTask = max(1, (1 << 13) / max(1, size.width * channels))
        ThreadPool.shared.run(batch * size.depth * size.height, ranges: rowsPerTask) { rows in
            for row in rows {
                guard !Interrupt.isRequested else { return }
                let (slice, y) = row.quotientAndRemainder(dividingBy: size.height)
                let (volume, z) = slice.quotientAndRemainder(dividingBy: size.depth)
                body(volume, z, y, row * size.width)
            }
        }
    }

    /// Writes `factor` times the weighted sum of the voxels of a box, of a volume of `size`, channel by channel.
    @inline(__always)
    private func sum(
        _ box: Box, of volume: UnsafePointer<Float>, _ size: Size3, times factor: Double,
        into target: UnsafeMutablePointer<Float>, weight: (_ z: Int, _ y: Int, _ x: Int) -> Double
    ) {
        VectorLoop.forEachVector(channels) { channel, lanes in
            var (low, high) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
            for z in box.depth {
                for y in box.height {
                    let row = (z &* size.height &+ y) &* size.width
                    for x in box.width {
                        let value = VectorLoop.load(volume + ((row &+ x) &* channels &+ channel), 1, lanes).wide
                        let weight = SIMD8(repeating: weight(z, y, x))
                        low.addProduct(value.low, weight)
                        high.addProduct(value.high, weight)
                    }
                }
            }
            let result = Vector(lowHalf: SIMD8<Float>(low * factor), highHalf: SIMD8<Float>(high * factor))
            VectorLoop.store(result, target + channel, 1, lanes)
        }
    }
}
