/// How the target positions of a plan are cut into groups of tiles, which are transformed and multiplied together.
struct TileGroups {
    let plan: GatherPlan
    /// The positions of a tile.
    let tile: Size3
    /// The tiles of a volume.
    let tiles: Size3
    /// The tiles of a group, and the groups of a volume.
    let group: Size3
    let groups: Size3

    /// Cuts the positions of `plan` into groups of some `most` tiles, of nearly equal sizes.
    init(_ plan: GatherPlan, tile: Size3, most: Int) {
        func balanced(_ length: Int, _ limit: Int) -> Int {
            let pieces = (length + limit - 1) / limit
            return (length + pieces - 1) / pieces
        }
        self.plan = plan
        self.tile = tile
        tiles = plan.tiles(tile)
        // Long rows are transformed fastest; a group that is wide in the other directions too shares more of its source.
        let width = balanced(tiles.width, min(most, 64 / tile.width))
        let depth = balanced(tiles.depth, max(1, Int(Double(most / width).squareRoot())))
        let height = balanced(tiles.height, max(1, most / (width * depth)))
        group = Size3(depth, height, width)
        groups = Size3(
            (tiles.depth + depth - 1) / depth, (tiles.height + height - 1) / height, (tiles.width + width - 1) / width)
    }

    /// The number of groups of all volumes.
    var count: Int { plan.batch &* groups.volume }

    /// The group of number `index`.
    func group(_ index: Int) -> TileGroup {
        let (volume, place) = index.quotientAndRemainder(dividingBy: groups.volume)
        func range(_ index: Int, _ path: KeyPath<Size3, Int>) -> Range<Int> {
            index * group[keyPath: path]..<min((index + 1) * group[keyPath: path], tiles[keyPath: path])
        }
        return TileGroup(
            tile: tile, volume: volume, depth: range(place / (groups.height * groups.width), \.depth),
            height: range(place / groups.width % groups.height, \.height), width: range(place % groups.width, \.width))
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

    /// The positions that the tiles cover, with `margin` more at the far sides, moved by `first`.
    func box(first: Size3 = Size3(0), margin: Int = 0) -> Box {
        func range(_ tiles: Range<Int>, _ path: KeyPath<Size3, Int>) -> Range<Int> {
            let (first, length) = (first[keyPath: path], tile[keyPath: path])
            return length * tiles.lowerBound + first..<length * tiles.upperBound + first + margin
        }
        return Box(
            batch: volume..<volume + 1, depth: range(depth, \.depth), height: range(height, \.height),
            width: range(width, \.width))
    }

    /// Calls `body` for each row of tiles, with the number of its first tile in the group and its place in the volume.
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
