/// The tiles for which Winograd's way is fastest.
enum WinogradTiles {
    case short, long, wide
}

/// The directions of a slice of a tile; along the depth all tiles are short.
protocol TileShape {
    associatedtype Height: TileAxis
    associatedtype Width: TileAxis
}

extension TileShape {
    /// The elements of a slice, which is a quarter of a tile.
    static var slice: Int { Height.values &* Width.values }
    /// The outputs of a tile.
    static var size: Size3 { Size3(2, Height.outputs, Width.outputs) }
}

enum ShortTile: TileShape {
    typealias Height = ShortAxis
    typealias Width = ShortAxis
}

enum LongTile: TileShape {
    typealias Height = ShortAxis
    typealias Width = LongAxis
}

enum WideTile: TileShape {
    typealias Height = LongAxis
    typealias Width = LongAxis
}

extension GatherPlan {
    /// The tiles that fit the kernel and the channels, if they save time; transformed weights take 144 MB at most.
    var winogradTiles: WinogradTiles? {
        guard phases.count == 1, phases[0].tapSize == Size3(3), sourceStep == Size3(1), sourceChannels % 16 == 0,
            targetChannels % 16 == 0, TransformedLayout<ShortTile>(self).count <= 1 << 24
        else { return nil }
        /// The products of all tiles, and of `more`, for each pair of channels.
        func products<Tile: TileShape>(_: Tile.Type, more: Int) -> Int {
            (batch * tiles(Tile.size).volume + more) * 4 * Tile.slice
        }
        // Transforms take about half as long as products, and those of the weights as long as eight tiles.
        guard
            Double(products(ShortTile.self, more: 8)) * 1.5 < Double(batch * target.volume * 27) * shareInside
        else { return nil }
        // Beside so few tiles, arranging and reading the larger weights of longer ones would take what these save.
        let (short, long) = (products(ShortTile.self, more: 40), products(LongTile.self, more: 40))
        // Wide tiles lose half a bit more, which sums over the fewest channels can spare, and save most there: with few
        // channels, transforms take the larger part.
        if sourceChannels == 16, products(WideTile.self, more: 40) < min(short, long) { return .wide }
        return long < short ? .long : .short
    }

    /// The tiles for which Winograd's way to the gradient of the weights is best.
    var winogradGradientTiles: WinogradTiles? {
        // Sums over few tiles of large transformed numbers lose up to two bits more than the definition's, and with less
        // work than this there is little time to save.
        let work = kernelSize.volume * sourceChannels * targetChannels * batch * target.volume
        return work > 1 << 24 ? winogradTiles : nil
    }

    /// The tiles of a volume, each of `size` positions.
    func tiles(_ size: Size3) -> Size3 {
        Size3(
            (target.depth + size.depth - 1) / size.depth, (target.height + size.height - 1) / size.height,
            (target.width + size.width - 1) / size.width)
    }
}
