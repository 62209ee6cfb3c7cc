/// The sizes of Winograd's tiles: outputs along depth, height and width.
enum WinogradTileSize {
    case tile222, tile224, tile244
}

/// The filters of a tile along height and width; along the depth all tiles have F(2, 3).
protocol WinogradTile {
    associatedtype Height: MinimalFilter
    associatedtype Width: MinimalFilter
}

extension WinogradTile {
    /// The elements of a slice of a transformed tile, which has four slices.
    static var slice: Int { Height.values &* Width.values }
    /// The outputs of a tile.
    static var size: Size3 { Size3(2, Height.outputs, Width.outputs) }
}

/// F(2x2x2, 3x3x3): 64 products for 8 outputs, where the definition takes 216.
enum Tile222: WinogradTile {
    typealias Height = F23
    typealias Width = F23
}

/// F(2x2x4, 3x3x3): 96 products for 16 outputs.
enum Tile224: WinogradTile {
    typealias Height = F23
    typealias Width = F43
}

/// F(2x4x4, 3x3x3): 144 products for 32 outputs.
enum Tile244: WinogradTile {
    typealias Height = F43
    typealias Width = F43
}

extension ConvolutionPlan {
    /// The tiles with which the plan runs fastest; nil if it does not fit Winograd's way or that saves no time.
    /// Transformed weights take 144 MB at most.
    var winogradTileSize: WinogradTileSize? {
        guard phases.count == 1, phases[0].tapSize == Size3(3), sourceStep == Size3(1), sourceChannels % 16 == 0,
            targetChannels % 16 == 0, TransformedWeightLayout<Tile222>(self).count <= 1 << 24
        else { return nil }
        /// The products of all tiles, and of `more` tiles, for each pair of channels.
        func products<Tile: WinogradTile>(_: Tile.Type, more: Int) -> Int {
            (batch * tiles(Tile.size).volume + more) * 4 * Tile.slice
        }
        // Transforming the data takes about half as long as the products, and transforming the weights as long as the
        // products of eight tiles.
        guard
            Double(products(Tile222.self, more: 8)) * 1.5 < Double(batch * target.volume * 27) * shareInside
        else { return nil }
        // With few tiles, transforming and reading the larger weights of larger tiles takes longer than these save: as
        // long as the products of 40 tiles.
        let (short, long) = (products(Tile222.self, more: 40), products(Tile224.self, more: 40))
        // 2x4x4 tiles lose half a bit more of the result. Sums over 16 channels can spare it, and 16 channels gain most
        // from them: the fewer the channels, the larger the share of the transforms, of which larger tiles have fewer.
        if sourceChannels == 16, products(Tile244.self, more: 40) < min(short, long) { return .tile244 }
        return long < short ? .tile224 : .tile222
    }

    /// The tiles with which the gradient of the weights is computed fastest; nil if the definition's way is better.
    var winogradGradientTileSize: WinogradTileSize? {
        // With few tiles the sums of large transformed numbers lose up to two bits more than the definition's. Below
        // this much work there is little time to save.
        let work = kernelSize.volume * sourceChannels * targetChannels * batch * target.volume
        return work > 1 << 24 ? winogradTileSize : nil
    }

    /// The tiles of a volume, each of `size` positions.
    func tiles(_ size: Size3) -> Size3 { target.pieces(of: size) }
}
