import Support

/// The largest element of each window, of channels-last volumes [batch, inputSize, channels]; in two dimensions the
/// depth is 1.
///
/// Padding is never the largest. The first of equal elements counts as the largest, and NaN as larger than all.
public struct MaxPooling: Sendable, Hashable {
    /// The number of volumes.
    public let batch: Int
    /// The channels of a voxel.
    public let channels: Int
    /// The voxels of the input in each direction.
    public let inputSize: Size3
    /// The window, of at most 2^24 voxels, because the index of a voxel within its window is kept as a float.
    public let kernelSize: Size3
    /// The step from one window to the next.
    public let stride: Size3
    /// How far windows reach over the border, at most half of their size.
    public let padding: Size3
    /// The number of windows in each direction: floor((input + 2 padding - kernel) / stride) + 1.
    public let outputSize: Size3

    /// Makes a pooling; every output size must come out as at least 1.
    public init(batch: Int, channels: Int, inputSize: Size3, kernelSize: Size3, stride: Size3, padding: Size3) {
        self.batch = batch
        self.channels = channels
        self.inputSize = inputSize
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        outputSize =
            ConvolutionGeometry(
                batch: batch, inputChannels: channels, outputChannels: channels, inputSize: inputSize,
                kernelSize: kernelSize, stride: stride, padding: padding
            ).outputSize
    }

    /// The input voxels of a window in each direction.
    private struct Window {
        let depth: Range<Int>
        let height: Range<Int>
        let width: Range<Int>
    }

    /// Overwrites `output`, [batch, outputSize, channels].
    public func forward(input: UnsafePointer<Float>, output target: UnsafeMutablePointer<Float>) {
        let rows = batch * outputSize.depth * outputSize.height
        let rowsPerTask = max(1, (1 << 15) / max(1, outputSize.width * channels * kernelSize.volume))
        ThreadPool.shared.run(rows, ranges: rowsPerTask) { range in
            for row in range {
                forEachWindow(row) { output, volume, window in
                    VectorLoop.forEachVector(channels) { channel, lanes in
                        let best = largest(of: window, in: input + volume + channel, lanes).value
                        VectorLoop.store(best, target + output + channel, 1, lanes)
                    }
                }
            }
        }
    }

    /// Overwrites `inputGradient`: the gradient of each window goes to its largest element.
    public func backward(
        input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        let volumeCount = inputSize.volume * channels
        let rowsPerVolume = outputSize.depth * outputSize.height
        // Windows may overlap, so only one task adds to a volume.
        let volumesPerTask = max(1, (1 << 15) / max(1, volumeCount))
        ThreadPool.shared.run(batch, ranges: volumesPerTask) { volumes in
            let start = inputGradient + volumes.lowerBound * volumeCount
            start.update(repeating: 0, count: volumes.count * volumeCount)
            for row in volumes.lowerBound * rowsPerVolume..<volumes.upperBound * rowsPerVolume {
                guard !Interrupt.isRequested else { return }
                forEachWindow(row) { output, volume, window in
                    VectorLoop.forEachVector(channels) { channel, lanes in
                        let chosen = largest(of: window, in: input + volume + channel, lanes).tap
                        let gradient = VectorLoop.load(outputGradient + output + channel, 1, lanes)
                        forEachVoxel(of: window) { tap, voxel in
                            let target = inputGradient + (volume &+ voxel &* channels &+ channel)
                            let share = gradient.replacing(with: 0, where: chosen .!= Vector(repeating: tap))
                            VectorLoop.store(VectorLoop.load(target, 1, lanes) + share, target, 1, lanes)
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` for the windows of one row of the output, with the offsets of the output voxel and of the input
    /// volume.
    @inline(__always)
    private func forEachWindow(_ row: Int, _ body: (_ output: Int, _ volume: Int, _ window: Window) -> Void) {
        let (slice, y) = row.quotientAndRemainder(dividingBy: outputSize.height)
        let (volume, z) = slice.quotientAndRemainder(dividingBy: outputSize.depth)
        let depth = range(z, stride.depth, kernelSize.depth, padding.depth, inputSize.depth)
        let height = range(y, stride.height, kernelSize.height, padding.height, inputSize.height)
        for x in 0..<outputSize.width {
            body(
                (row * outputSize.width + x) * channels, volume * inputSize.volume * channels,
                Window(
                    depth: depth, height: height,
                    width: range(x, stride.width, kernelSize.width, padding.width, inputSize.width)))
        }
    }

    /// The input voxels of window `index` in one direction.
    @inline(__always)
    private func range(_ index: Int, _ stride: Int, _ kernel: Int, _ padding: Int, _ input: Int) -> Range<Int> {
        let start = index &* stride &- padding
        return max(start, 0)..<min(start &+ kernel, input)
    }

    /// Calls `body` with the index of each voxel of a window, within the window and within the volume.
    @inline(__always)
    private func forEachVoxel(of window: Window, _ body: (_ tap: Float, _ voxel: Int) -> Void) {
        var tap: Float = 0
        for z in window.depth {
            for y in window.height {
                let row = (z &* inputSize.height &+ y) &* inputSize.width
                for x in window.width {
                    body(tap, row &+ x)
                    tap += 1
                }
            }
        }
    }

    /// The largest element of a window in each of up to sixteen channels, and its index within the window.
    @inline(__always)
    private func largest(
        of window: Window, in volume: UnsafePointer<Float>, _ lanes: Int
    ) -> (value: Vector, tap: Vector) {
        var best = Vector(repeating: -.infinity)
        var chosen = Vector.zero
        forEachVoxel(of: window) { tap, voxel in
            let value = VectorLoop.load(volume + voxel &* channels, 1, lanes)
            let wins = (value .> best) .| (value .!= value)
            best.replace(with: value, where: wins)
            chosen.replace(with: Vector(repeating: tap), where: wins)
        }
        return (best, chosen)
    }
}
