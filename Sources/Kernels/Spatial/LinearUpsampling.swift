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
    private let depth: InterpolationWeights
    private let height: InterpolationWeights
    private let width: InterpolationWeights

    /// Makes an upsampling by `scale`, whose factors are at least 1.
    ///
    /// With `alignCorners` the centres of the corner voxels keep their positions, else the volume's borders do.
    public init(batch: Int, channels: Int, inputSize: Size3, scale: Size3, alignCorners: Bool) {
        self.batch = batch
        self.channels = channels
        self.inputSize = inputSize
        outputSize = Size3 { inputSize[keyPath: $0] * scale[keyPath: $0] }
        // An empty batch may have volumes of any size, for which there would be no memory.
        let size = batch == 0 ? Size3(0) : inputSize
        depth = InterpolationWeights(size: size.depth, scale: scale.depth, alignCorners: alignCorners)
        height = InterpolationWeights(size: size.height, scale: scale.height, alignCorners: alignCorners)
        width = InterpolationWeights(size: size.width, scale: scale.width, alignCorners: alignCorners)
    }

    private var rowsPerTask: Int { max(1, (1 << 14) / max(1, outputSize.width * channels)) }

    /// Overwrites `output`, [batch, outputSize, channels], by the upsampled input, plus `skip` where that is given.
    public func forward(
        input: UnsafePointer<Float>, adding skip: UnsafePointer<Float>? = nil, output: UnsafeMutablePointer<Float>
    ) {
        let rowCount = inputSize.width * channels
        // Each row is interpolated across slices and rows first, and then along itself. The weights are read through a
        // pointer: threads would wait for each other to count references to an array.
        width.sources.withUnsafeBufferPointer { columns in
            forEachRow(of: outputSize, scratch: rowCount) { volume, z, y, start, row in
                let source = input + volume * inputSize.volume * channels
                let (near, far) = depth.sources[z]
                let (above, below) = height.sources[y]
                Self.combine(
                    rowCount, weighted(source, near, above), weighted(source, near, below),
                    weighted(source, far, above), weighted(source, far, below), to: row)
                for x in columns.indices {
                    let (left, right) = columns[x]
                    let target = start &+ x &* channels
                    let before: Weighted = (row: UnsafePointer(row + left.index &* channels), weight: left.weight)
                    let after: Weighted = (row: UnsafePointer(row + right.index &* channels), weight: right.weight)
                    Self.combine(channels, before, after, adding: skip.map { $0 + target }, to: output + target)
                }
            }
        }
    }

    /// A row of an input volume, and its weight in a row that lies between rows and slices.
    private func weighted(
        _ volume: UnsafePointer<Float>, _ z: InterpolationWeights.Neighbour, _ y: InterpolationWeights.Neighbour
    ) -> Weighted {
        (volume + (z.index * inputSize.height + y.index) * inputSize.width * channels, z.weight * y.weight)
    }

    /// Overwrites `inputGradient`: each input voxel gets the weighted gradients of the outputs made of it.
    public func backward(outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>) {
        let rowCount = outputSize.width * channels
        width.sources.withUnsafeBufferPointer { columns in
            forEachRow(of: inputSize, scratch: rowCount) { volume, z, y, start, row in
                let source = outputGradient + volume * outputSize.volume * channels
                row.update(repeating: 0, count: rowCount)
                for slice in depth.targets[z] {
                    for line in height.targets[y] {
                        let outputRow = source + (slice.index * outputSize.height + line.index) * rowCount
                        Self.add(rowCount, outputRow, slice.weight * line.weight, to: row)
                    }
                }
                let target = inputGradient + start
                target.update(repeating: 0, count: inputSize.width * channels)
                for x in columns.indices {
                    let (left, right) = columns[x]
                    Self.add(channels, row + x &* channels, left.weight, to: target + left.index &* channels)
                    Self.add(channels, row + x &* channels, right.weight, to: target + right.index &* channels)
                }
            }
        }
    }

    /// Calls `body` for every row of volumes of `size` with its volume, slice and row, the offset of its first element,
    /// and `scratch` floats of working memory.
    @inline(__always)
    private func forEachRow(
        of size: Size3, scratch: Int,
        _ body: (_ volume: Int, _ z: Int, _ y: Int, _ start: Int, _ row: UnsafeMutablePointer<Float>) -> Void
    ) {
        let rows = batch * size.depth * size.height
        ThreadPool.shared.run(rows, ranges: rowsPerTask) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, scratch)) { buffer in
                guard let row = buffer.baseAddress else { return }
                for index in range {
                    let (slice, y) = index.quotientAndRemainder(dividingBy: size.height)
                    let (volume, z) = slice.quotientAndRemainder(dividingBy: size.depth)
                    body(volume, z, y, index * size.width * channels, row)
                }
            }
        }
    }

    /// A row, and its weight.
    private typealias Weighted = (row: UnsafePointer<Float>, weight: Float)

    /// target = the weighted sum of four rows.
    @inline(__always)
    private static func combine(
        _ count: Int, _ a: Weighted, _ b: Weighted, _ c: Weighted, _ d: Weighted, to target: UnsafeMutablePointer<Float>
    ) {
        VectorLoop.forEachVector(count) { i, lanes in
            let first =
                VectorLoop.load(a.row + i, 1, lanes) * a.weight + VectorLoop.load(b.row + i, 1, lanes) * b.weight
            let second =
                VectorLoop.load(c.row + i, 1, lanes) * c.weight + VectorLoop.load(d.row + i, 1, lanes) * d.weight
            VectorLoop.store(first + second, target + i, 1, lanes)
        }
    }

    /// target = the weighted sum of two rows, plus a third where it is given.
    @inline(__always)
    private static func combine(
        _ count: Int, _ a: Weighted, _ b: Weighted, adding skip: UnsafePointer<Float>?,
        to target: UnsafeMutablePointer<Float>
    ) {
        VectorLoop.forEachVector(count) { i, lanes in
            var sum = VectorLoop.load(a.row + i, 1, lanes) * a.weight + VectorLoop.load(b.row + i, 1, lanes) * b.weight
            if let skip { sum += VectorLoop.load(skip + i, 1, lanes) }
            VectorLoop.store(sum, target + i, 1, lanes)
        }
    }

    /// Adds a weighted row to `target`.
    @inline(__always)
    private static func add(
        _ count: Int, _ row: UnsafePointer<Float>, _ weight: Float, to target: UnsafeMutablePointer<Float>
    ) {
        VectorLoop.forEachVector(count) { i, lanes in
            let sum = VectorLoop.load(target + i, 1, lanes)
                .addingProduct(VectorLoop.load(row + i, 1, lanes), Vector(repeating: weight))
            VectorLoop.store(sum, target + i, 1, lanes)
        }
    }
}

/// The weights of linear interpolation in one direction, where each output element is made of two neighbours in the
/// input.
struct InterpolationWeights: Sendable {
    /// The index of a neighbour, and its weight.
    struct Neighbour: Sendable {
        let index: Int
        let weight: Float
    }

    /// For each output element its two neighbours; their weights add up to 1.
    let sources: [(lower: Neighbour, upper: Neighbour)]
    /// For each input element the output elements that are made of it.
    let targets: [[Neighbour]]

    /// The weights for `size` elements, stretched to `size * scale`.
    ///
    /// With `alignCorners` the first and last elements coincide and output o lies at o (size - 1) / (size * scale - 1);
    /// else the borders of the outer elements coincide and it lies at (o + 1/2) / scale - 1/2, but not before 0.
    init(size: Int, scale: Int, alignCorners: Bool) {
        let outputs = size * scale
        var sources: [(lower: Neighbour, upper: Neighbour)] = []
        var targets = [[Neighbour]](repeating: [], count: size)
        for output in 0..<outputs {
            let position =
                alignCorners
                ? (outputs > 1 ? Double(output) * Double(size - 1) / Double(outputs - 1) : 0)
                : max(0, (Double(output) + 0.5) / Double(scale) - 0.5)
            let lower = min(Int(position), size - 1)
            let upper = min(lower + 1, size - 1)
            let weight = Float(position - Double(lower))
            sources.append((Neighbour(index: lower, weight: 1 - weight), Neighbour(index: upper, weight: weight)))
            targets[lower].append(Neighbour(index: output, weight: 1 - weight))
            if weight != 0 { targets[upper].append(Neighbour(index: output, weight: weight)) }
        }
        self.sources = sources
        self.targets = targets
    }
}
