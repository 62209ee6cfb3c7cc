/// Numbers of volumes, slices, rows and voxels.
struct Extent {
    var batch: Int
    var depth: Int
    var height: Int
    var width: Int

    var count: Int { batch &* depth &* height &* width }
}

/// A box of positions, in every volume of a range.
struct Box {
    var batch: Range<Int>
    var depth: Range<Int>
    var height: Range<Int>
    var width: Range<Int>

    init(batch: Range<Int>, depth: Range<Int>, height: Range<Int>, width: Range<Int>) {
        self.batch = batch
        self.depth = depth
        self.height = height
        self.width = width
    }

    /// All positions of volumes of the given size.
    init(batch: Range<Int>, size: Size3) {
        self.init(batch: batch, depth: 0..<size.depth, height: 0..<size.height, width: 0..<size.width)
    }

    var count: Int { batch.count &* depth.count &* height.count &* width.count }
}
