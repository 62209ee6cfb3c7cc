/// Rows of numbers, interleaved in tiles of as many rows as there are lanes: first the first number of each row of a
/// tile, then the second number of each, and so on (the "compact" layout of batched linear algebra).
///
/// A product of a matrix with all rows then multiplies whole vectors by numbers of the matrix, in the order of memory,
/// whatever its sizes.
struct InterleavedRows {
    /// The vectors side by side: two where a register holds a vector, one elsewhere.
    static let vectors = ChannelBlock.hasLongRegisters ? 2 : 1
    /// The rows of a tile: 32 or 16.
    static let lanes = 16 * vectors

    /// The number of tiles.
    let tiles: Int
    /// The numbers of a row.
    let length: Int
    let start: UnsafeMutablePointer<Vector>
    /// Nil where the memory belongs to someone else.
    private let floats: Scratch.Floats?

    /// The tiles that `rows` rows fill.
    static func tiles(_ rows: Int) -> Int { rows.pieces(of: lanes) }

    /// Uninitialised tiles, whose memory lives as long as this value or a copy of it.
    init(tiles: Int, length: Int) {
        let floats = Scratch.Floats(count: tiles &* length &* Self.lanes)
        (self.tiles, self.length, self.floats, start) = (tiles, length, floats, floats.start.vectors)
    }

    /// Tiles in the caller's memory.
    init(tiles: Int, length: Int, at start: UnsafeMutablePointer<Float>) {
        (self.tiles, self.length, floats, self.start) = (tiles, length, nil, start.vectors)
    }

    /// The numbers of each row from some index on.
    struct Slice {
        let start: UnsafeMutablePointer<Vector>
        /// The vectors from one tile to the next.
        let step: Int
    }

    /// The numbers from `index` on.
    @inline(__always)
    func slice(_ index: Int = 0) -> Slice {
        Slice(start: start + index &* Self.vectors, step: length &* Self.vectors)
    }

    /// The offset of a vector of numbers `index`.
    @inline(__always)
    func offset(_ tile: Int, _ index: Int, _ vector: Int = 0) -> Int {
        (tile &* length &+ index) &* Self.vectors &+ vector
    }

    /// Sets all numbers to 0.
    func clear() { start.update(repeating: .zero, count: tiles &* length &* Self.vectors) }

    /// Copies rows of `width` numbers from `source`, and sets all other numbers to 0.
    func interleave(_ rows: Int, of width: Int, from source: UnsafePointer<Float>) {
        clear()
        for row in 0..<rows {
            let (from, to) = (source + row &* width, first(row))
            for index in 0..<width { to[index &* Self.lanes] = from[index] }
        }
    }

    /// Copies the first `width` numbers of rows to `target`.
    func deinterleave(_ rows: Int, of width: Int, to target: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            let (from, to) = (first(row), target + row &* width)
            for index in 0..<width { to[index] = from[index &* Self.lanes] }
        }
    }

    /// Turns the first `count` numbers of each row, which are gradients of the ELUs `values`, into the gradients of the
    /// ELUs' arguments.
    func applyELUGradient(of values: Slice, count: Int) {
        for tile in 0..<tiles {
            let (gradient, value) = (start + tile &* length &* Self.vectors, values.start + tile &* values.step)
            for index in 0..<count &* Self.vectors {
                gradient[index] = VectorMath.eluGradient(gradient[index], value[index])
            }
        }
    }

    /// The first number of a row.
    private func first(_ row: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(start).assumingMemoryBound(to: Float.self)
            + (row / Self.lanes &* length &* Self.lanes &+ row % Self.lanes)
    }
}
