/// The offset of a position in memory, as a linear function of the position: a stride for each direction, and the
/// offset of position 0.
struct StridedAddress {
    var origin: Int
    var batch: Int
    var depth: Int
    var height: Int
    var width: Int

    /// The offset of the first voxel in a row.
    func row(_ batch: Int, _ depth: Int, _ height: Int) -> Int {
        origin &+ batch &* self.batch &+ depth &* self.depth &+ height &* self.height
    }

    /// Offsets in memory that holds the positions of `region` one after another, `stride` apart.
    init(in region: Region, stride: Int) {
        width = stride
        height = region.width.count &* width
        depth = region.height.count &* height
        batch = region.depth.count &* depth
        origin = 0
        origin =
            -row(region.batch.lowerBound, region.depth.lowerBound, region.height.lowerBound)
            &- region.width.lowerBound &* width
    }

    /// The offset of the position `first` + `step` p, as a function of p.
    func at(first: Size3, step: Size3) -> StridedAddress {
        var address = self
        address.origin = row(0, first.depth, first.height) &+ first.width &* width
        address.depth &*= step.depth
        address.height &*= step.height
        address.width &*= step.width
        return address
    }
}

/// The positions that a microkernel visits, each with two offsets: that of the values it reads, and that of the results
/// it writes (compare the indirection buffer of Dukhan, "The indirect convolution algorithm", 2019).
struct OffsetTable {
    /// The positions that are computed together: with 32 channels each they fill 16 of 32 long registers.
    static let tile = 8
    /// Tables are padded to a multiple of this, which is whole tiles of 4, 6 or 8 positions.
    static let padding = 24

    /// The number of positions, without the padding.
    let count: Int
    /// The offsets; at the end the last one is repeated up to a multiple of `padding`.
    let source: [Int]
    let target: [Int]

    /// The positions of a region, row by row.
    init(_ region: Region, source: StridedAddress, target: StridedAddress) {
        func offsets(_ address: StridedAddress) -> [Int] {
            let count = region.count
            let whole = count.pieces(of: Self.padding) &* Self.padding
            return Array(unsafeUninitializedCapacity: whole) { buffer, initialized in
                guard var next = buffer.baseAddress else { return }
                let width = region.width
                region.forEachRow { batch, depth, height in
                    let first = address.row(batch, depth, height) &+ width.lowerBound &* address.width
                    for i in 0..<width.count { (next + i).initialize(to: first &+ i &* address.width) }
                    next += width.count
                }
                if whole > count { next.initialize(repeating: (next - 1).pointee, count: whole &- count) }
                initialized = whole
            }
        }
        self.count = region.count
        self.source = offsets(source)
        self.target = offsets(target)
    }
}
