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

/// A place in memory that is linear in a position.
struct LinearPlace {
    var origin: Int
    var batch: Int
    var depth: Int
    var height: Int
    var width: Int

    /// The place of the first voxel in a row.
    func row(_ batch: Int, _ depth: Int, _ height: Int) -> Int {
        origin &+ batch &* self.batch &+ depth &* self.depth &+ height &* self.height
    }

    /// Places in memory that holds the positions of `box` one after another, `stride` apart.
    init(in box: Box, stride: Int) {
        width = stride
        height = box.width.count &* width
        depth = box.height.count &* height
        batch = box.depth.count &* depth
        origin = 0
        origin =
            -row(box.batch.lowerBound, box.depth.lowerBound, box.height.lowerBound) &- box.width.lowerBound &* width
    }

    /// The place of the positions `first` + `step` p, as a function of p.
    func at(first: Size3, step: Size3) -> LinearPlace {
        var place = self
        place.origin = row(0, first.depth, first.height) &+ first.width &* width
        place.depth &*= step.depth
        place.height &*= step.height
        place.width &*= step.width
        return place
    }
}

/// Positions by two places, such as that of the values they read and that of the results they write.
struct PositionTable {
    /// The positions that are computed together: with 32 channels each they fill 16 long registers of 32.
    static let tile = 8

    let count: Int
    /// As many as a whole number of tiles: the last one is repeated.
    let source: [Int]
    let target: [Int]

    /// The positions of a box, row by row.
    init(_ box: Box, source: LinearPlace, target: LinearPlace) {
        func places(_ place: LinearPlace) -> [Int] {
            let count = box.count
            let whole = (count &+ Self.tile &- 1) / Self.tile &* Self.tile
            return Array(unsafeUninitializedCapacity: whole) { buffer, initialized in
                var next = 0
                for batch in box.batch {
                    for depth in box.depth {
                        for height in box.height {
                            let row = place.row(batch, depth, height)
                            for width in box.width {
                                buffer.initializeElement(at: next, to: row &+ width &* place.width)
                                next &+= 1
                            }
                        }
                    }
                }
                while next < whole {
                    buffer.initializeElement(at: next, to: buffer[count &- 1])
                    next &+= 1
                }
                initialized = whole
            }
        }
        self.count = box.count
        self.source = places(source)
        self.target = places(target)
    }
}
