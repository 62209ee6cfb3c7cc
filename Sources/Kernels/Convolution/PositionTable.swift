/// Positions by two places, such as that of the values they read and that of the results they write.
struct PositionTable {
    /// The positions that are computed together: with 32 channels each they fill 16 long registers of 32.
    static let tile = 8
    /// Tables are as long as a multiple of this, whole tiles of 4, 6 or 8 positions.
    static let padding = 24

    let count: Int
    /// A multiple of `padding`: the last one is repeated.
    let source: [Int]
    let target: [Int]

    /// The positions of a box, row by row.
    init(_ box: Box, source: LinearPlace, target: LinearPlace) {
        func places(_ place: LinearPlace) -> [Int] {
            let count = box.count
            let whole = (count &+ Self.padding &- 1) / Self.padding &* Self.padding
            return Array(unsafeUninitializedCapacity: whole) { buffer, initialized in
                guard var next = buffer.baseAddress else { return }
                for batch in box.batch {
                    for depth in box.depth {
                        for height in box.height {
                            let first = place.row(batch, depth, height) &+ box.width.lowerBound &* place.width
                            for i in 0..<box.width.count { (next + i).initialize(to: first &+ i &* place.width) }
                            next += box.width.count
                        }
                    }
                }
                if whole > count { next.initialize(repeating: (next - 1).pointee, count: whole &- count) }
                initialized = whole
            }
        }
        self.count = box.count
        self.source = places(source)
        self.target = places(target)
    }
}
