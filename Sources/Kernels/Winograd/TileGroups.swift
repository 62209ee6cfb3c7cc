/// How the target positions of a plan are cut into groups of tiles that are transformed and multiplied together.
struct TileGroups {
    let plan: ConvolutionPlan
    /// The positions of a tile.
    let tile: Size3
    /// The tiles of a volume.
    let tiles: Size3
    /// The tiles of a group, and the groups of a volume.
    let group: Size3
    let groups: Size3

    /// Cuts the positions of `plan` into groups of about `most` tiles each, of nearly equal sizes.
    init(_ plan: ConvolutionPlan, tile: Size3, most: Int) {
        func balanced(_ length: Int, _ limit: Int) -> Int {
            length.pieces(of: length.pieces(of: limit))
        }
        self.plan = plan
        self.tile = tile
        tiles = plan.tiles(tile)
        // Long rows are transformed fastest. Groups nearer to a cube have fewer source values in common with their
        // neighbours, which are copied for each.
        let width = balanced(tiles.width, min(most, 64 / tile.width))
        let depth = balanced(tiles.depth, max(1, Int(Double(most / width).squareRoot())))
        let height = balanced(tiles.height, max(1, most / (width * depth)))
        group = Size3(depth, height, width)
        groups = tiles.pieces(of: group)
    }

    /// The number of groups of all volumes.
    var count: Int { plan.batch &* groups.volume }

    /// The group of number `index`.
    func group(_ index: Int) -> TileGroup {
        let (volume, number) = index.quotientAndRemainder(dividingBy: groups.volume)
        let position = groups.position(number)
        func range(_ index: Int, _ path: KeyPath<Size3, Int>) -> Range<Int> {
            index * group[keyPath: path]..<min((index + 1) * group[keyPath: path], tiles[keyPath: path])
        }
        return TileGroup(
            tile: tile, volume: volume, depth: range(position.depth, \.depth), height: range(position.height, \.height),
            width: range(position.width, \.width))
    }
}

/// A box of tiles in one volume.
struct TileGroup {
    let tile: Size3
    let volume: Int
    let depth: Range<Int>
    let height: Range<Int>
    let width: Range<Int>

    /// The number of tiles.
    var count: Int { depth.count &* height.count &* width.count }

    /// The positions that the tiles cover, moved by `first`, and `margin` more at the far sides.
    func region(first: Size3 = Size3(0), margin: Int = 0) -> Region {
        func range(_ tiles: Range<Int>, _ path: KeyPath<Size3, Int>) -> Range<Int> {
            let (first, length) = (first[keyPath: path], tile[keyPath: path])
            return length * tiles.lowerBound + first..<length * tiles.upperBound + first + margin
        }
        return Region(
            batch: volume..<volume + 1, depth: range(depth, \.depth), height: range(height, \.height),
            width: range(width, \.width))
    }

    /// Calls `body` for each row of tiles, with the number of its first tile in the group, and its depth and height in
    /// the volume, in tiles.
    @inline(__always)
    func forEachRow(_ body: (_ tile: Int, _ depth: Int, _ height: Int) -> Void) {
        var tile = 0
        for depth in depth {
            for height in height {
                body(tile, depth, height)
                tile &+= width.count
            }
        }
    }
}
