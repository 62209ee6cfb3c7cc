/// Rows of numbers side by side, as many as a tile has lanes: the first number of each, then the second of each, and so on.
///
/// Products with a matrix then meet whole vectors on one side and numbers in the order of memory on the other.
enum Lanes {
    /// The vectors side by side: 32 lanes where a register holds a vector, 16 elsewhere.
    static let vectors = ChannelBlock.hasLongRegisters ? 2 : 1
    /// The rows of a tile.
    static let count = 16 * vectors

    /// The tiles that `rows` rows fill.
    static func tiles(_ rows: Int) -> Int { (rows &+ count &- 1) / count }

    /// Some of the numbers of each row of tiles.
    struct Slice {
        let start: UnsafeMutablePointer<Vector>
        /// The vectors from one tile to the next.
        let step: Int
    }

    /// Tiles of rows of `length` numbers, for as long as someone holds them.
    struct Tiles {
        let tiles: Int
        let length: Int
        let start: UnsafeMutablePointer<Vector>
        private let floats: Scratch.Floats?

        /// Room for tiles.
        init(_ tiles: Int, of length: Int) {
            let floats = Scratch.Floats(count: tiles &* length &* Lanes.count)
            (self.tiles, self.length, self.floats, start) = (tiles, length, floats, floats.start.vectors)
        }

        /// Tiles in the memory of another, which must hold it.
        init(_ tiles: Int, of length: Int, at start: UnsafeMutablePointer<Float>) {
            (self.tiles, self.length, floats, self.start) = (tiles, length, nil, start.vectors)
        }

        /// The numbers from `index` on.
        @inline(__always)
        func slice(_ index: Int = 0) -> Slice {
            Slice(start: start + index &* Lanes.vectors, step: length &* Lanes.vectors)
        }

        /// Where a vector of numbers `index` lies.
        @inline(__always)
        func place(_ tile: Int, _ index: Int, _ vector: Int = 0) -> Int {
            (tile &* length &+ index) &* Lanes.vectors &+ vector
        }

        /// Sets all to 0.
        func clear() { start.update(repeating: .zero, count: tiles &* length &* Lanes.vectors) }

        /// Takes rows of `width` numbers; where there is none, 0.
        func gather(_ rows: Int, of width: Int, from source: UnsafePointer<Float>) {
            clear()
            for row in 0..<rows {
                let first = source + row &* width
                let place = self.first(row)
                for index in 0..<width { place[index &* Lanes.count] = first[index] }
            }
        }

        /// Writes the first `width` numbers of rows.
        func scatter(_ rows: Int, of width: Int, to target: UnsafeMutablePointer<Float>) {
            for row in 0..<rows {
                let first = target + row &* width
                let place = self.first(row)
                for index in 0..<width { first[index] = place[index &* Lanes.count] }
            }
        }

        /// Makes the first `count` numbers, gradients of `values`, which are the ELU of something, those of what that was.
        func applyELUGradient(of values: Slice, count: Int) {
            for tile in 0..<tiles {
                let (gradient, value) = (start + tile &* length &* Lanes.vectors, values.start + tile &* values.step)
                for index in 0..<count &* Lanes.vectors {
                    gradient[index] = VectorMath.eluGradient(gradient[index], value[index])
                }
            }
        }

        /// The first number of a row.
        private func first(_ row: Int) -> UnsafeMutablePointer<Float> {
            UnsafeMutableRawPointer(start).assumingMemoryBound(to: Float.self)
                + (row / Lanes.count &* length &* Lanes.count &+ row % Lanes.count)
        }
    }
}
