/// Convolutions of size 3 of volumes of 2 x 2 x 2 places, with 27 products instead of 64.
///
/// In one direction y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1, which are w1 (x0 + x1) + (w2 - w1) x1 and
/// w1 (x0 + x1) + (w0 - w1) x0 (Karatsuba and Ofman 1962, for Toeplitz matrices): three products, of both, of the first and
/// of the second, and so on in each direction. A product is numbered by its digits 0, 1, 2 in the three directions.
enum PairProducts {
    /// The number of products.
    static let count = 27

    /// What the three products of a direction take of the three weights.
    private static let shares: [[Float]] = [[0, 1, 0], [1, -1, 0], [0, -1, 1]]

    /// The share of the weight `tap` in the weight of a product.
    static func share(of tap: Int, in product: Int) -> Float {
        [9, 3, 1].reduce(1) { $0 * shares[product / $1 % 3][tap / $1 % 3] }
    }

    /// The number under which `collect` expects a product: what the second alone gives belongs to the first, and so on.
    static func mirrored(_ product: Int) -> Int {
        [9, 3, 1].reduce(0) { $0 + [0, 2, 1][product / $1 % 3] * $1 }
    }

    /// The numbers from one product of so many channels to the next: at a power of two, all products would compete for the
    /// same places in the cache.
    static func step(_ channels: Int) -> Int { channels &+ 1 }

    /// From a volume's 8 places, each `channels` numbers of lanes, to the 27 sums that are multiplied; the transpose of
    /// `collect`.
    static func spread(_ places: UnsafePointer<Vector>, channels: Int, to sums: UnsafeMutablePointer<Vector>) {
        let (size, step) = (channels &* Lanes.vectors, step(channels) &* Lanes.vectors)
        for i in 0..<size {
            let (near, far) = (Square(places + i, step: size), Square(places + (4 &* size &+ i), step: size))
            (near + far).spread(to: sums + i, step: step)
            near.spread(to: sums + (9 &* step &+ i), step: step)
            far.spread(to: sums + (18 &* step &+ i), step: step)
        }
    }

    /// From 27 products to a volume's 8 places.
    static func collect(_ products: UnsafePointer<Vector>, channels: Int, to places: UnsafeMutablePointer<Vector>) {
        let (size, step) = (channels &* Lanes.vectors, step(channels) &* Lanes.vectors)
        for i in 0..<size {
            let both = Square(collecting: products + i, step: step)
            let near = both + Square(collecting: products + (9 &* step &+ i), step: step)
            let far = both + Square(collecting: products + (18 &* step &+ i), step: step)
            near.put(at: places + i, step: size)
            far.put(at: places + (4 &* size &+ i), step: size)
        }
    }

    /// The 4 places of a slice.
    private struct Square {
        private let first: (Vector, Vector)
        private let second: (Vector, Vector)

        @inline(__always)
        private init(_ first: (Vector, Vector), _ second: (Vector, Vector)) {
            (self.first, self.second) = (first, second)
        }

        @inline(__always)
        init(_ places: UnsafePointer<Vector>, step: Int) {
            self.init((places[0], places[step]), (places[2 &* step], places[3 &* step]))
        }

        /// The places that 9 products make.
        @inline(__always)
        init(collecting products: UnsafePointer<Vector>, step: Int) {
            @inline(__always) func line(_ index: Int) -> (Vector, Vector) {
                let line = products + 3 &* index &* step
                return (line[0] + line[step], line[0] + line[2 &* step])
            }
            let (both, first, second) = (line(0), line(1), line(2))
            self.init((both.0 + first.0, both.1 + first.1), (both.0 + second.0, both.1 + second.1))
        }

        @inline(__always)
        static func + (a: Square, b: Square) -> Square {
            Square(
                (a.first.0 + b.first.0, a.first.1 + b.first.1), (a.second.0 + b.second.0, a.second.1 + b.second.1))
        }

        @inline(__always)
        func put(at places: UnsafeMutablePointer<Vector>, step: Int) {
            (places[0], places[step]) = first
            (places[2 &* step], places[3 &* step]) = second
        }

        /// Writes the 9 sums that are multiplied.
        @inline(__always)
        func spread(to sums: UnsafeMutablePointer<Vector>, step: Int) {
            @inline(__always) func put(_ line: (Vector, Vector), _ index: Int) {
                let target = sums + 3 &* index &* step
                (target[0], target[step], target[2 &* step]) = (line.0 + line.1, line.0, line.1)
            }
            put((first.0 + second.0, first.1 + second.1), 0)
            put(first, 1)
            put(second, 2)
        }
    }
}
