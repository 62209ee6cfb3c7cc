/// Three numbers, one for each direction of a volume; in two dimensions the depth is 1.
public struct Size3: Sendable, Hashable {
    /// Along the slices.
    public var depth: Int
    /// Along the rows of a slice.
    public var height: Int
    /// Along a row.
    public var width: Int

    /// Makes a size of three numbers.
    public init(_ depth: Int, _ height: Int, _ width: Int) {
        self.depth = depth
        self.height = height
        self.width = width
    }

    /// Makes a size that is the same in all directions.
    public init(_ side: Int) { self.init(side, side, side) }

    /// A size by its length in each direction.
    package init(_ length: (KeyPath<Size3, Int>) -> Int) {
        self.init(length(\.depth), length(\.height), length(\.width))
    }

    /// The product of the three numbers.
    public var volume: Int { depth &* height &* width }

    /// The size that `function` makes, direction by direction.
    package func map(_ function: (Int) -> Int) -> Size3 { Size3(function(depth), function(height), function(width)) }

    /// The pieces of a given size, direction by direction, that it takes to cover this one.
    func pieces(of size: Size3) -> Size3 {
        Size3(depth.pieces(of: size.depth), height.pieces(of: size.height), width.pieces(of: size.width))
    }

    /// The position with the given number, where positions are counted row by row.
    package func position(_ number: Int) -> Size3 {
        Size3(number / (height &* width), number / width % height, number % width)
    }
}

/// Numbers of volumes, slices, rows and voxels.
struct Extent {
    var batch: Int
    var depth: Int
    var height: Int
    var width: Int

    var count: Int { batch &* depth &* height &* width }
}

/// A box of positions, in every volume of a range.
struct Region {
    var batch: Range<Int>
    var depth: Range<Int>
    var height: Range<Int>
    var width: Range<Int>

    var count: Int { batch.count &* depth.count &* height.count &* width.count }

    /// Calls `body` for each row of positions, in the order of memory.
    @inline(__always)
    func forEachRow(_ body: (_ batch: Int, _ depth: Int, _ height: Int) -> Void) {
        for batch in batch {
            for depth in depth {
                for height in height { body(batch, depth, height) }
            }
        }
    }
}

extension Region {
    /// All positions of volumes of the given size.
    init(batch: Range<Int>, size: Size3) {
        self.init(batch: batch, depth: 0..<size.depth, height: 0..<size.height, width: 0..<size.width)
    }
}
