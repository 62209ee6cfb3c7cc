import Support

/// The voxels of a volume in a viewer's order, whole numbers of them joined to one, cut to the box in which there is
/// something to see.
struct VoxelBlocks {
    let frame: VoxelFrame
    /// How many voxels are joined towards right, anterior and superior.
    let factor: [Int]
    /// The box, counted in joined voxels towards right, anterior and superior.
    let box: [Range<Int>]

    /// Joins `factor` voxels in each direction, as far as they lie in `box`, which is counted in voxels.
    init(_ frame: VoxelFrame, factor: [Int], box: [Range<Int>]) {
        (self.frame, self.factor) = (frame, factor)
        self.box = zip(box, factor).map { range, factor in
            range.lowerBound / factor..<(range.upperBound + factor - 1) / factor
        }
    }

    /// The numbers of joined voxels in the whole volume towards right, anterior and superior.
    var size: [Int] { zip(frame.size, factor).map { ($0 + $1 - 1) / $1 } }

    /// The number of joined voxels in the box.
    var count: Int { box.reduce(1) { $0 * $1.count } }

    /// Whether each is one voxel.
    var isWhole: Bool { factor == [1, 1, 1] }

    /// The values of a layer in the box, right fastest: of joined voxels the mean of those that are finite, or of labels
    /// the most frequent (of equally frequent ones the largest); NaN where no voxel is finite.
    func values(of layer: ViewerLayer) throws(ReportError) -> [Float] {
        let (start, strides) = frame.layout
        let source = layer.values.pointer
        var result: [Float] = []
        result.reserveCapacity(count)
        defer { withExtendedLifetime(layer.values) {} }
        for z in box[2] {
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            for y in box[1] {
                guard !isWhole else {
                    let row = start + y * strides[1] + z * strides[2]
                    for x in box[0] { result.append(source[row + x * strides[0]]) }
                    continue
                }
                for x in box[0] {
                    var joined: [Float] = []
                    for k in voxels(z, 2) {
                        for j in voxels(y, 1) {
                            let row = start + j * strides[1] + k * strides[2]
                            for i in voxels(x, 0) { joined.append(source[row + i * strides[0]]) }
                        }
                    }
                    result.append(layer.isLabels ? Self.mode(joined) : Self.mean(joined))
                }
            }
        }
        return result
    }

    /// The voxels that number `index` joins in a direction.
    private func voxels(_ index: Int, _ direction: Int) -> Range<Int> {
        index * factor[direction]..<min((index + 1) * factor[direction], frame.size[direction])
    }

    private static func mean(_ values: [Float]) -> Float {
        var (sum, count) = (0.0, 0.0)
        for value in values where value.isFinite { (sum, count) = (sum + Double(value), count + 1) }
        return count > 0 ? Float(sum / count) : .nan
    }

    private static func mode(_ values: [Float]) -> Float {
        var (best, most, count, last) = (Float(0), 0, 0, Float.nan)
        for value in values.sorted() {
            count = value == last ? count + 1 : 1
            last = value
            if count >= most { (best, most) = (value, count) }
        }
        return best
    }

    /// The least box, in voxels of the viewer's order, that holds all that differs from the background of its layer; the
    /// whole volume where nothing does.
    static func box(of layers: [ViewerLayer], in frame: VoxelFrame) throws(ReportError) -> [Range<Int>] {
        let (start, strides) = frame.layout
        let size = frame.size
        var (first, last) = (size, [-1, -1, -1])
        for layer in layers {
            let (source, level, tolerance) = (layer.values.pointer, layer.background, layer.tolerance)
            for z in 0..<size[2] {
                if Interrupt.isRequested { throw .tensor(.interrupted) }
                for y in 0..<size[1] {
                    let row = start + y * strides[1] + z * strides[2]
                    func isSeen(_ x: Int) -> Bool { abs(source[row + x * strides[0]] - level) > tolerance }
                    guard let low = (0..<size[0]).first(where: isSeen) else { continue }
                    let high = (low..<size[0]).last(where: isSeen) ?? low
                    first = [min(first[0], low), min(first[1], y), min(first[2], z)]
                    last = [max(last[0], high), max(last[1], y), max(last[2], z)]
                }
            }
            withExtendedLifetime(layer.values) {}
        }
        return last[0] < 0 ? size.map { 0..<$0 } : zip(first, last).map { $0..<($1 + 1) }
    }
}
