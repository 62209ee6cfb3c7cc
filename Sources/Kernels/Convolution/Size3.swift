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

    /// The product of the three numbers.
    public var volume: Int { depth &* height &* width }

    /// The size that `function` makes, direction by direction.
    package func map(_ function: (Int) -> Int) -> Size3 { Size3(function(depth), function(height), function(width)) }
}
