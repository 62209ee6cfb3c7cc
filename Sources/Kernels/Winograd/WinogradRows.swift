/// The rows for which Winograd's way is fastest.
enum WinogradRows {
    case short, long
}

extension GatherPlan {
    /// The rows of tiles that fit the kernel and the channels, if they save time; transformed weights take 96 MB at most.
    var winogradRows: WinogradRows? {
        guard phases.count == 1, phases[0].tapSize == Size3(3), sourceStep == Size3(1), sourceChannels % 16 == 0,
            targetChannels % 16 == 0, TransformedLayout<ShortRow>(self).count <= 1 << 24
        else { return nil }
        /// The products of all tiles, and of `more`, for each pair of channels.
        func products<Row: TileRow>(_: Row.Type, more: Int) -> Int {
            (batch * tiles(Row.size).volume + more) * 4 * Row.slice
        }
        // Transforms take about half as long as products, and those of the weights as long as eight tiles.
        guard
            Double(products(ShortRow.self, more: 8)) * 1.5 < Double(batch * target.volume * 27) * shareInside
        else { return nil }
        // Beside so few tiles, arranging and reading the larger weights of long rows would take what the rows save.
        return products(LongRow.self, more: 40) < products(ShortRow.self, more: 40) ? .long : .short
    }

    /// The rows for which Winograd's way to the gradient of the weights is best.
    var winogradGradientRows: WinogradRows? {
        // Sums over few tiles of large transformed numbers lose up to two bits more than the definition's, and with less
        // work than this there is little time to save.
        let work = kernelSize.volume * sourceChannels * targetChannels * batch * target.volume
        return work > 1 << 24 ? winogradRows : nil
    }

    /// The tiles of a volume, each of `size` positions.
    func tiles(_ size: Size3) -> Size3 {
        Size3(
            (target.depth + size.depth - 1) / size.depth, (target.height + size.height - 1) / size.height,
            (target.width + size.width - 1) / size.width)
    }
}
