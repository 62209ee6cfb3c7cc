import Support

/// Trilinear upsampling of channels-last volumes [batch, inputSize, channels] by whole factors; bilinear where the
/// depth and its factor are 1.
public struct LinearUpsampling: Sendable {
    /// The number of volumes.
    public let batch: Int
    /// The channels of a voxel.
    public let channels: Int
    /// The voxels of the input in each direction.
    public let inputSize: Size3
    /// The voxels of the output in each direction.
    public let outputSize: Size3
    private let depth: Interpolation
    private let height: Interpolation
    private let width: Interpolation

    /// Makes an upsampling by `scale`, whose factors are at least 1.
    ///
    /// With `alignCorners` the centres of the corner voxels keep their places, else the volume's borders do.
    public init(batch: Int, channels: Int, inputSize: Size3, scale: Size3, alignCorners: Bool) {
        self.batch = batch
        self.channels = channels
        self.inputSize = inputSize
        outputSize = Size3(
            inputSize.depth * scale.depth, inputSize.height * scale.height, inputSize.width * scale.width)
        // Without volumes there is nothing to interpolate, however large they would be.
        let size = batch == 0 ? Size3(0) : inputSize
        depth = Interpolation(size: size.depth, scale: scale.depth, alignCorners: alignCorners)
        height = Interpolation(size: size.height, scale: scale.height, alignCorners: alignCorners)
        width = Interpolation(size: size.width, scale: scale.width, alignCorners: alignCorners)
    }

    private var rowsPerTask: Int { max(1, (1 << 14) / max(1, outputSize.width * channels)) }

    /// Overwrites `output`, [batch, outputSize, channels], by the upsampled input, plus `skip` where that is given.
    public func forward(
        input: UnsafePointer<Float>, adding skip: UnsafePointer<Float>? = nil, output: UnsafeMutablePointer<Float>
    ) {
        let rowCount = inputSize.width * channels
        // Each row is first interpolated across slices and rows, then along itself. The table is reached without
        // counting references, which threads would wait for.
        width.sources.withUnsafeBufferPointer { columns in
            forEachRow(of: outputSize, scratch: rowCount) { volume, z, y, place, row in
                let source = input + volume * inputSize.volume * channels
                let (near, far) = depth.sources[z]
                let (above, below) = height.sources[y]
                Self.combine(
                    rowCount, weighted(source, near, above), weighted(source, near, below),
                    weighted(source, far, above), weighted(source, far, below), to: row)
                for x in columns.indices {
                    let (left, right) = columns[x]
                    let target = place &+ x &* channels
                    let before: Weighted = (row: UnsafePointer(row + left.index &* channels), weight: left.weight)
                    let after: Weighted = (row: UnsafePointer(row + right.index &* channels), weight: right.weight)
                    Self.combine(channels, before, after, adding: skip.map { $0 + target }, to: output + target)
                }
            }
        }
    }

    /// A row of an input volume, and its share in what lies between rows and slices.
    private func weighted(
        _ volume: UnsafePointer<Float>, _ z: Interpolation.Share, _ y: Interpolation.Share
    ) -> Weighted {
        (volume + (z.index * inputSize.height + y.index) * inputSize.width * channels, z.weight * y.weight)
    }

    /// Overwrites `inputGradient`: each input voxel gets the gradients of the outputs that it has a share in.
    public func backward(outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>) {
        let rowCount = outputSize.width * channels
        width.sources.withUnsafeBufferPointer { columns in
            forEachRow(of: inputSize, scratch: rowCount) { volume, z, y, place, row in
                let source = outputGradient + volume * outputSize.volume * channels
                row.update(repeating: 0, count: rowCount)
                for slice in depth.targets[z] {
                    for line in height.targets[y] {
                        let start = source + (slice.index * outputSize.height + line.index) * rowCount
                        Self.add(rowCount, start, slice.weight * line.weight, to: row)
                    }
                }
                let target = inputGradient + place
                target.update(repeating: 0, count: inputSize.width * channels)
                for x in columns.indices {
                    let (left, right) = columns[x]
                    Self.add(channels, row + x &* channels, left.weight, to: target + left.index &* channels)
                    Self.add(channels, row + x &* channels, right.weight, to: target + right.index &* channels)
                }
            }
        }
    }

    /// Calls `body` for every row of volumes of `size` with its volume, slice and row, the place of its first element,
    /// and `scratch` floats to work with.
    @inline(__always)
    private func forEachRow(
        of size: Size3, scratch: Int,
        _ body: (_ volume: Int, _ z: Int, _ y: Int, _ place: Int, _ row: UnsafeMutablePointer<Float>) -> Void
    ) {
        let rows = batch * size.depth * size.height
        ThreadPool.shared.run((rows + rowsPerTask - 1) / rowsPerTask) { task in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, scratch)) { buffer in
                guard let row = buffer.baseAddress else { return }
                for index in task * rowsPerTask..<min((task + 1) * rowsPerTask, rows) {
                    let (slice, y) = index.quotientAndRemainder(dividingBy: size.height)
                    let (volume, z) = slice.quotientAndRemainder(dividingBy: size.depth)
                    body(volume, z, y, index * size.width * channels, row)
                }
            }
        }
    }

    /// Pointers of rows, and their weights.
    private typealias Weighted = (row: UnsafePointer<Float>, weight: Float)

    /// target = the weighted sum of four rows.
    @inline(__always)
    private static func combine(
        _ count: Int, _ a: Weighted, _ b: Weighted, _ c: Weighted, _ d: Weighted, to target: UnsafeMutablePointer<Float>
    ) {
        Rows.forEachVector(count) { i, lanes in
            let first = Rows.load(a.row + i, 1, lanes) * a.weight + Rows.load(b.row + i, 1, lanes) * b.weight
            let second = Rows.load(c.row + i, 1, lanes) * c.weight + Rows.load(d.row + i, 1, lanes) * d.weight
            Rows.store(first + second, target + i, 1, lanes)
        }
    }

    /// target = the weighted sum of two rows, plus a third where it is given.
    @inline(__always)
    private static func combine(
        _ count: Int, _ a: Weighted, _ b: Weighted, adding skip: UnsafePointer<Float>?,
        to target: UnsafeMutablePointer<Float>
    ) {
        Rows.forEachVector(count) { i, lanes in
            var sum = Rows.load(a.row + i, 1, lanes) * a.weight + Rows.load(b.row + i, 1, lanes) * b.weight
            if let skip { sum += Rows.load(skip + i, 1, lanes) }
            Rows.store(sum, target + i, 1, lanes)
        }
    }

    /// Adds a weighted row to `target`.
    @inline(__always)
    private static func add(
        _ count: Int, _ row: UnsafePointer<Float>, _ weight: Float, to target: UnsafeMutablePointer<Float>
    ) {
        Rows.forEachVector(count) { i, lanes in
            let sum = Rows.load(target + i, 1, lanes)
                .addingProduct(Rows.load(row + i, 1, lanes), Vector(repeating: weight))
            Rows.store(sum, target + i, 1, lanes)
        }
    }
}
